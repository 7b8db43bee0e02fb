"""What the demo's cast answers in its first hour, and what comes of it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member of the cast writes to ``customer``, and what comes of it."""

    writer: str
    customer: str
    about: str
    text: str
    edited: str = ""
    """What the moderator lets out instead."""
    returned: str = ""
    """What the moderator asks for before; ``again`` is sent then."""
    again: str = ""
    approved: bool = True
    thanked: bool = False
    likes: tuple[str, ...] = ()


ANSWERS: Final = (
    Answer(
        "mossy", "oolong_oli", "water in the K2 overnight",
        "You can, the seal does not mind. It is the scale that likes standing water: empty it at night and you descale half as often.",
        thanked=True, likes=("teatime_theo", "quiet_quinn", "gran_of_six"),
    ),
    Answer(
        "tess", "gran_of_six", "where the little filter goes",
        "Hello Dorothy. Hold it with the mesh towards the water, slide it down behind the spout until it clicks. Then tea.",
        thanked=True, likes=("ikea_isla", "kettle_ken", "studio_bex", "chai_charlie", "earlgreyhound"),
    ),
    Answer(
        "hanna", "hartes_wasser", "bei sehr hartem Wasser entkalken",
        "Bei 22 °dH alle drei Wochen: 20 g Zitronensäure auf einen Liter, warm, nicht kochend, 20 Minuten. Dann rauscht er wieder leise.",
        thanked=True, likes=("limescale_lou",),
    ),
    Answer(
        "colette", "camille_theine", "le filtre de la K2",
        "À la main, s'il vous plaît : le lave-vaisselle déforme la maille. Eau tiède, une brosse douce, et il tient des années.",
        likes=("yuki_teahouse", "sencha_sue"),
    ),
    Answer(
        "paco", "beatriz_cha", "Fahrenheit para Celsius",
        "Com a base ligada e sem o jarro, carregue no mais durante cinco segundos até aparecer C. Com o jarro em cima não muda.",
        thanked=True,
    ),
    Answer(
        "sam", "teatime_theo", "between the K2 and the K2 Connect",
        "Same element, same jug, same lid. The Connect adds wifi and a schedule. It will definitely be worth it if you like tea at 6:59.",
        edited="Same element, same jug, same lid. The Connect adds wifi and a schedule, which is nice if you like tea ready at 6:59.",
        likes=("flatwhite_fay",),
    ),
    Answer(
        "mossy", "sencha_sue", "hold the temperature or does it reheat",
        "It reheats in small bursts, so a swing of a few degrees is normal. Fill it above the 0.5 l line and the swing gets smaller.",
        likes=("matcha_minh", "oolong_oli"),
    ),
    Answer(
        "colette", "maria_bergamot", "si può comprare solo il coperchio",
        "Sì, il coperchio si compra da solo. Prima però provi a pulire la cerniera con acqua e aceto: spesso è solo calcare.",
        thanked=True, likes=("camille_theine",),
    ),
    Answer(
        "tess", "gooseneck_gail", "which way round does the Heron's thermometer",
        "The notch goes towards the spout, and you push until you feel it give. It will definitely read right then.",
        returned="Towards the handle, as in the leaflet: at the spout it reads the steam. And no promise at the end, please.",
        again="The notch goes towards the handle, and you push until you feel it give. At the spout it would read the steam.",
        approved=False,
    ),
    Answer(  # they did not call us, so staff post it by hand
        "mossy", "limescale_lou", "get the lid off to clean the hinge",
        "You need not take it off: open it fully, lay a cloth with warm vinegar over the hinge for ten minutes, then brush.",
    ),
    Answer(
        "bruno", "hobnob_hal", "the feet on the base",
        "They are 12 mm across. A walking kettle is fun for a week: the spare set of four sticks on dry, clean plastic.",
        approved=False,
    ),
    Answer(
        "sam", "boilingpoint_b", "how many joules the K2 really uses",
        "Good measuring. One litre from 20 to 100 degrees needs 0.093 kWh, so your class found an efficiency of 87 percent.",
        approved=False,
    ),
    Answer(
        "mossy", "noor_qahwa", "هل يمكن استخدام الخل",
        "نعم، الخل الأبيض يعمل جيدًا: نصف كوب مع الماء، عشرون دقيقة، ثم اغلِ الماء النظيف مرتين حتى تزول الرائحة.",
        approved=False,
    ),
)  # fmt: skip
