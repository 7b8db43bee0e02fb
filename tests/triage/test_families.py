"""Families of expression: what people say in everyday words, and what only sounds like it."""

import pytest

from app.mentions.types import FeedLane, Route
from app.triage.judge import judge
from app.triage.signals import read_signals
from app.triage.signals.reading import read
from app.triage.signals.shape import shape_of
from app.triage.types import Concern, Verdict

DESPAIR = [
    "@brand your night shift guy talked me down tonight. was going to hurt myself. thank you",
    "@brand i've got nothing left. my family would be better off without me",
    "some days i'd rather not wake up. your playlists help a bit @brand",
    "thought about not being here any more. sorry @brand wrong place i know",
    "ich mag nicht mehr. am liebsten würde ich einschlafen und nicht mehr aufwachen @brand",
    "@brand je n'en peux plus de vivre, les dettes, tout. je pense à en finir",
    "ya no le veo sentido a nada @brand, no quiero seguir viviendo así",
    "non ce la faccio più a vivere così @brand",
    "@brand wil er gewoon niet meer zijn",
    "não aguento mais viver, tô pensando em acabar com tudo @brand",
    "nie widzę sensu życia @brand",
    "もう消えたい @brand",
]
NO_DESPAIR = [
    "@brand thinking about ending it with the green filter and going back to the blue, thoughts?",
    "@brand is there any point in upgrading to the 3 if i already have the 2?",
    "@brand don't want to be a member any more, ending it friday",
    "@brand i would die for that frog",
    "@brand wir machen Schluss mit dem alten Tarif",
]
HARM = [
    "@brand the lid popped off my flask and i've got boiling water all over my leg, big blister",
    "my little one broke out in hives after your oat bar @brand and it says dairy free on the front",
    "@brand daughter swallowed a bit of the plastic seal that came off the lid",
    "one of your riders went straight through a red and nearly flattened a woman with a pram @brand",
    "@brand your van was doing 60 past the primary school",
    "scooter brakes just stopped working going downhill @brand, i'm ok but someone else won't be",
    "your bus driver had headphones in and braked so hard an old lady fell @brand",
    "@brand euer Wasserkocher hat mir die Hand verbrüht, der Deckel springt einfach auf",
    "@brand votre livreur a failli renverser ma fille devant l'école",
    "@brand il vostro corriere è passato col rosso e per poco non investiva un ciclista",
    "el patinete se quedó sin frenos bajando @brand, casi me mato",
    "@brand jullie bezorger reed bijna mijn hond dood op de stoep",
]
NO_HARM = [
    "burned 600 calories on the @brand bike today, my legs hate me",
    "@brand what's the safest way to descale without burning yourself on the steam?",
    "@brand is the travel mug safe in the dishwasher?",
]
FAILS = [
    "nothing happens when i press join on your site @brand",
    "@brand app just sits on the logo and never gets any further",
    "@brand my whole watch history is gone and it thinks i'm a new user",
    "lost 40 hours of my save after last night's patch @brand",
    "@brand getting a 502 whenever i open the help page",
    "search returns zero results for everything @brand, even your own name",
    "@brand checkout goes round in circles, address page then basket then address page",
    "app keeps signing me out every five minutes @brand",
    "sound cuts out every ten seconds on all your channels @brand",
    "@brand der Knopf 'Weiter' macht einfach nichts",
    "@brand la app se queda en blanco al abrirla desde ayer",
    "@brand l'appli tourne dans le vide depuis ce matin",
    "@brand l'app si chiude da sola appena apro il carrello",
    "@brand o app fica só carregando e não entra",
    "@brand app blijft laden en er gebeurt niks",
    "@brand aplikacja kręci się w kółko i nic się nie ładuje",
    "@brand uygulama açılırken donup kalıyor, hiçbir şey olmuyor",
    "@brand アプリがずっとぐるぐるして進まない",
]
DOES_NOT_FAIL = [
    "@brand my brain is dead after that quiz",
    "how do i reset my progress on purpose @brand? want a fresh start",
    "@brand is it just the one size or is there a bigger jug?",
    "@brand geht die Dichtung kaputt wenn man zu heiß spült?",
    "@brand mijn zoon heeft jullie poster, hij hangt in de gang",
    "@brand my phone's battery is old, does dark mode help?",
]
WRATH = [
    "@brand \N{REVERSED HAND WITH MIDDLE FINGER EXTENDED}\N{REVERSED HAND WITH MIDDLE FINGER EXTENDED}",
    "absolute circus of a company @brand",
    "your driver threw my parcel over the fence. are you lot out of your minds @brand",
    "@brand stick your £5 voucher where the sun don't shine",
    "genius move @brand, cancel the last train and lock the waiting room",
    "@brand whoever signed this off wants their head testing",
    "take your apology and frame it @brand, we missed the wedding",
    "@brand how do you people sleep at night, charging a dead man",
    "@brand oh brilliant, another 'planned improvement' that takes everything offline",
    "@brand seid ihr noch ganz bei Trost? Drei Stunden für nichts",
    "@brand vous vous moquez du monde, gardez vos excuses",
    "¿pero qué clase de gente contratáis @brand? me colgó en la cara",
    "@brand ma siete impazziti? 300 euro per una telefonata",
    "@brand zijn jullie helemaal gek geworden? 80 euro voor een stoel",
    "@brand czy wyście oszaleli? podwyżka o połowę bez słowa",
    "@brand aklınızı mı kaçırdınız, bu fatura ne",
    "bravo @brand, quatrième report, continuez comme ça",
    "@brand complimenti vivissimi, terzo tecnico che non si presenta",
]
NO_WRATH = [
    "the clown at the @brand family day was brilliant, kids loved it",
    "genius idea with the free refills @brand, love it",
    "oh great, another @brand flavour i'll be addicted to \N{SMILING FACE WITH HEART-SHAPED EYES}",
    "what kind of people is the premium plan for @brand?",
    "i'm out of my mind excited for the finale @brand",
    "well played @brand, that april fools got me",
    "@brand not gonna lie the new logo looks like a bank",
]
MONEY_BACK = [
    "@brand my son pressed buy on three films, can that be undone?",
    "got two of the same by mistake @brand, how do i send one back",
    "paid for priority and got put at the back, i'd like that tenner back please @brand",
    "@brand hab aus Versehen doppelt bestellt, kann eins zurück?",
    "@brand je me suis trompé de taille, je peux vous le renvoyer ?",
    "@brand compré dos veces sin querer, ¿puedo devolver uno?",
    "@brand ho preso due biglietti per sbaglio, posso renderne uno?",
    "@brand comprei duas vezes sem querer, dá pra cancelar uma?",
]
PEER_KNOWS = [
    "@brand aus Versehen den Filter falsch rum eingesetzt, wie krieg ich den raus?",
    "@brand can i take my guitar as hand luggage or does it need its own seat?",
    "which of your plans has offline downloads @brand?",
    "@brand are e-scooters legal on cycle paths in Hartwell?",
    "@brand can two people ride one scooter or is that not allowed",
    "you should do a decaf version @brand",
    "@brand new recipe's a bit sweet for me",
    "unpopular opinion but the @brand app was nicer before the redesign",
    "@brand el menú nuevo me marea un poco, el anterior era más claro",
]
NOTHING_TO_DO = [
    "Orlin posts record annual profit, shares up 4% | The Courant",
    "Westbrook Air appoints new chief financial officer",
    "Hi Dana, sorry about the wait. Can you DM us your order number and we'll check? ^JT",
    "Sorry to hear that Sam! Please drop us a message with your account number so we can look into it.",
    "Hallo Tim, das tut uns leid! Schick uns bitte eine DM mit deiner Kundennummer. ^LS",
    "@brand i am SCREAMING that finale omg",
    "@brand coffee so good i proposed to the barista",
]


def verdict_on(text: str) -> Verdict:
    """What triage says of ``text`` alone."""
    return judge(read_signals(text))


@pytest.mark.parametrize("text", DESPAIR)
def test_despair_said_softly_reaches_staff_as_danger(text: str) -> None:
    signals = read_signals(text)

    assert judge(signals).route is Route.STAFF_SENSITIVE
    assert Concern.SAFETY in signals.concerns


@pytest.mark.parametrize("text", NO_DESPAIR)
def test_ending_a_contract_is_no_despair(text: str) -> None:
    assert not read_signals(text).is_crisis


@pytest.mark.parametrize("text", HARM)
def test_harm_in_everyday_words_is_a_matter_of_safety(text: str) -> None:
    signals = read_signals(text)

    assert judge(signals).route.is_staff
    assert Concern.SAFETY in signals.concerns


@pytest.mark.parametrize("text", FAILS)
def test_failure_needs_no_word_for_it(text: str) -> None:
    assert verdict_on(text).route is Route.STAFF_TECHNICAL


@pytest.mark.parametrize("text", WRATH)
def test_anger_needs_no_swear_word(text: str) -> None:
    assert verdict_on(text).route is Route.STAFF_ANGRY


@pytest.mark.parametrize("text", MONEY_BACK)
def test_who_wants_money_back_need_not_say_refund(text: str) -> None:
    assert verdict_on(text).route is Route.STAFF_SENSITIVE


@pytest.mark.parametrize("text", [*NO_HARM, *DOES_NOT_FAIL, *NO_WRATH])
def test_what_only_sounds_like_it_is_not_for_staff(text: str) -> None:
    assert not verdict_on(text).route.is_staff


@pytest.mark.parametrize("text", PEER_KNOWS)
def test_what_a_peer_could_say_goes_to_the_questions(text: str) -> None:
    assert verdict_on(text).lane is FeedLane.QUESTIONS


@pytest.mark.parametrize("text", NOTHING_TO_DO)
def test_news_answers_of_agents_and_joy_ask_nothing(text: str) -> None:
    verdict = verdict_on(text)

    assert verdict.route is Route.NOISE or verdict.lane is FeedLane.HELLO


@pytest.mark.parametrize(
    ("text", "is_signed"),
    [
        ("We will check. ^KM", True),
        ("Sorry to hear that, Ann. Please DM us your number ^Dan", True),
        ("I was charged twice and nobody refunds me ^Anna", False),
        ("My parcel has not arrived, where is it ^JS", False),
        ("so happy ^_^", False),
        ("yay ^O^", False),
        ("2^K is big", False),
    ],
)
def test_an_agents_signature_stands_at_the_end(text: str, is_signed: bool) -> None:
    assert shape_of(read(text)).is_signed is is_signed
