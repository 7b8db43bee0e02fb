"""Which language a text is written in."""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"
LANGUAGES = ("ar", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko",
             "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh")  # fmt: skip
CLEAR_CHARS = 20
"""Below this many letters the network's own tag, where there is one, is trusted more than the model."""
READ_CHARS = 400

_HINDI = frozenset(
    """hai hain nahi nahin nhi kya kyu kyun mein mera meri mere hum tum aap aapka aapki aapko apna apni apne kuch bahut
    bohot bohut bhi tha thi raha rahi rahe rha rhi rhe kar kro karo karna karke karta karti karte krna kiya gaya gayi gaye
    wala wale wali vale yeh woh agar lekin toh abhi kab kaise kahan kaha yaar yar bhai bhaiya ji hoga hogi honge hua hui
    koi sab sirf jaise liye ko ki ka ke chahiye matlab accha acha achha haan kal aaj din nai tak bola bolo baat ghar paisa
    desh sarkar neta jao aao aja jata jati jaye jaaye jayega kaam log unko usko isko uski uske iska ye ek hu hun tera teri
    tere tujhe mujhe humko hame aur dekho dekh raat padh bas itna kyuki kyunki apun bhagwan kisi kabhi zindagi dil pyar
    phir fir jarur zaroor jaroor uthao aapne apne hoti hota hote banegi banega ayega aayega aaega rhegi rhega rahega rahegi mujhe
    mujhko muje shadi karni krni krne krna krte krta krti krke hamesha humesha jada zyada jyada wali waale vala vali kese kaisa kaisi kyo kyon
    kaun kisne kiska kiski kitna kitni kitne sath saath unka unki unke inka inki inke hamara hamare hamari humara humare tumhara
    tumhare tumhari tumko tumhe unhe inhe isme usme isse usse jisse jab tabhi sabko sabse sabhi hoke hokar bilkul ekdum
    bohat bhot khud lagta lagti lagte raho rahta rehta rehti rehte dekha dekhi dekhna dekhte bolte bolna kehte kehna kahte kaha suno
    sunna samajh samjh milta milti milega milegi mili chalo chalta chahte chahta chahti hone hona hue huye liya lia diya dia dega
    degi denge lega legi lenge karega karegi karenge karunga krega kijiye kriye dijiye aata ati aati aate jaati jaate gya gyi gye hogya hogaya
    hogayi nhin nahiin mtlb pta achhi acchi acche achhe bura buri kharab dost bhaiyo behen beti ladki ladka
    paise rupaye bhagwaan duniya sarkaar bharat janta mahadev mohabbat ishq dhanyawad shukriya namaste""".split()  # noqa: SIM905 - a list of literals would fill a page
)
"""Common words of Hindi in Latin letters, which the model has never seen."""
_HINDI_SHARE = 0.2
_FOR_HINDI = frozenset({"en", "id", "nl", "fi", "tr", "sv", "da", "no", "pl", "cs", "ro", "vi", "hu"})
"""What the model takes it for."""
SHORT_WORDS = 6

_ENGLISH = frozenset(
    """about and any are at be been but can could did does for from get got has have he him his how if is it just
    let make more my not now of on or our out people really she should some still than thanks that the their
    them then there they think this to up very way were what when where which who why with would you your""".split()  # noqa: SIM905 - as above
)
"""Common words of English that its neighbours do not use. Where the network says English too, they spare the model, which
costs more than anything else in triage."""
_ENGLISH_SHARE = 0.25
_ENGLISH_WORDS = 3

_NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|@\w+|[#_\d]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")


@cache
def _identifier() -> LanguageIdentifier:
    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(LANGUAGES)
    # It would keep the weights of a hundred other languages, 28 MB, in case somebody asks for them.
    return LanguageIdentifier(
        whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output, tk_row=whole.tk_row
    )


def language_of(text: str, *, hint: str | None = None) -> str:
    """Return the ISO 639-1 code; ``hint`` is the network's own tag and decides for short texts and for plain English."""
    plain = _NOT_WORDS.sub(" ", text[:READ_CHARS])
    words = _LETTERS.findall(plain)
    letters = sum(map(len, words))
    hinted = (hint or "").lower().partition("-")[0]
    if letters < CLEAR_CHARS and len(hinted) == 2:
        return hinted
    if letters == 0:
        return UNKNOWN
    code: str = "en" if hinted == "en" and _is_english(words) else _identifier().classify(plain)[0]
    return "hi" if plain.isascii() and code in _FOR_HINDI and _is_hindi(words, code) else code


def _is_english(words: list[str]) -> bool:
    english = sum(word.lower() in _ENGLISH for word in words)
    return english >= _ENGLISH_WORDS and english >= _ENGLISH_SHARE * len(words)


def _is_hindi(words: list[str], code: str) -> bool:
    hindi = sum(word.lower() in _HINDI for word in words)
    needed = 2 if code == "en" or len(words) > SHORT_WORDS else 1
    return hindi >= needed and hindi >= _HINDI_SHARE * len(words)
