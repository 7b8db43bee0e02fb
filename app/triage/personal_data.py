"""Personal data in a text: found by pattern and checksum, hidden from the crowd."""

import re
from collections.abc import Iterable, Iterator, Sequence

import phonenumbers

from app.triage.types import DataKind, Span

SEARCHED_CHARS = 20_000
"""A longer text is searched this far only, and ``mask`` leaves the rest away."""
LOOKED_UP = 100
"""Asking for a country's phone numbers is slow: of more runs of digits than anybody writes, the rest are hidden unasked."""
MARK = "•••"

_MAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DOT = r"\s?[\[({]\s?(?:dot|punkt|punto|point|ponto)\s?[\])}]\s?"
_SPELT_MAIL = re.compile(
    rf"(?<![\w.%+-])[\w.%+-]{{1,64}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}\s?[\[({{]\s?at\s?[\])}}]\s?[\w-]{{1,63}}(?:(?:{_DOT}|\.)[\w-]{{1,63}}){{1,4}}",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w.,:/@-])[+(]{0,2}\d(?:[ ().\u2010-\u2015/-]{0,3}\d){6,22}(?: ?x\d{1,5})?(?![\w%]|[.,]\d)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])|(?<=ssn )\d{3} ?\d{2} ?\d{4}(?!\w)", re.IGNORECASE)
_IPV4 = re.compile(
    r"(?<![\w.])(?:25[0-5]|2[0-4]\d|1\d\d|[2-9]\d|1[1-9])\.(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){2}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\w)"
)
_IPV6 = re.compile(
    r"(?<![\w:])(?=[0-9a-f:]{0,40}::|(?:[0-9a-f]{1,4}:){7})(?:[0-9a-f]{1,4}:{1,2}){2,7}[0-9a-f]{1,4}(?![\w:])",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"(?<!\w)(?:pass(?:word|wort|code|wd)?|kennwort|contraseña|senha|mot de passe|login|pin|token|api[_ -]?key|cvc|cvv)"
    r"(?:\s?[:=]\s?|\s(?=\d{3,4}(?!\w)))(?P<data>[^\s,;]{2,200})",
    re.IGNORECASE,
)
_PAPERS = re.compile(
    r"(?<![\w/.])(?:passport|reisepass|personalausweis|passeport|pasaporte|passaporte|driv\w{2,6} licen[cs]e|dni|nif|cpf)\W{0,3}"
    r"(?:no|nr|number|num|nummer|número|n°)?\W{0,3}(?P<data>(?=[A-Z.-]{0,3}\d)[\dA-Z][\dA-Z.-]{4,14})",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"(?<!\w)(?:born|dob|date of birth|birth ?date|geboren|geburtsdatum|né|née|nacido|nascid[oa])\W{0,3}(?:on |am |le |el |em )?"
    r"(?P<data>\d{1,4}[./-]\d{1,2}[./-]\d{1,4})",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"(?<![\w.])\d{1,5}[a-z]?,? (?:[A-Z][\w'\u2019-]{0,30} ){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Close|Way|Place|Terrace|Square)(?!\w)"
    r"|(?<!\w)[A-ZÄÖÜ][\wäöüß-]{2,30}(?:straße|strasse|str\.|weg|gasse|allee|platz) \d{1,4}[a-z]?(?!\w)"
    r"|(?<!\w)(?:\d{1,4},? )?(?:[Rr]ue|[Aa]venue|[Cc]alle|[Rr]ua|[Aa]venida) (?:d[eu]s? (?:la )?)?[A-ZÀ-Ú][\wà-ú'-]{2,30},? \d{1,4}(?!\w)"
)
_POSTCODE = re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)")
_ORDER = re.compile(
    r"(?<!\w)(?i:order|booking|reservation|confirmation|reference|record locator|pnr|tracking|account|acct|customer|client|member(?:ship)?|policy|invoice|bestell\w*|auftrag\w*|kunden\w*|rechnung\w*|commande|pedido|reserva|encomenda)"
    r"(?i: ?(?:no|nr|num|number|nummer|id|ref|code|reference|número|numéro|n°|is|was|ist|est|es)\b\.?){0,3}[^\w@$£€]{0,3}"
    r"(?P<data>(?=[A-Z-]{0,12}\d)[\dA-Z][\dA-Z-]{3,24})(?![\w@]|\.\d)"
)
_PARCEL = re.compile(r"(?<!\w)(?:1Z[0-9A-Z]{16}|\d{3}-\d{7}-\d{7}|[A-Z]{2}\d{9}[A-Z]{2})(?!\w)")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "TR": 26,
}  # fmt: skip
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "BR", "IN")
_PHONE_WORDS = re.compile(
    r"(?:phone|call|tel|mobile|cell|ring|text|whatsapp|number|fax|handy|anruf|telefon\w*|móvil|celular)\W{0,6}(?:\w+\W{1,3}){0,2}$",
    re.IGNORECASE,
)
_NO_PHONE_WORDS = re.compile(
    r"(?:version|ver|v|build|error|fehler|erreur|code|ticket|case|model|dpci|sku|isbn|chrome|firefox|ios|windows)\W{0,3}$",
    re.IGNORECASE,
)
_AFTER_PHONE = re.compile(r"\W{1,3}(?:office|fax|mobile|cell)\b", re.IGNORECASE)
_SEPARATORS = re.compile(r"[./]")
_HAS_DIGIT = re.compile(r"\d")


def find_personal_data(text: str) -> tuple[Span, ...]:
    """Return what looks personal in the first ``SEARCHED_CHARS`` of ``text``, in order and without overlaps."""
    head = text[:SEARCHED_CHARS]
    has_digit = _HAS_DIGIT.search(head) is not None
    if (
        not has_digit
        and "@" not in head
        and ":" not in head
        and "=" not in head
        and "(" not in head
        and "[" not in head
    ):
        return ()
    return _without_overlaps([*_written(head), *(_numbers(head) if has_digit else ())])


def mask(text: str, spans: Sequence[Span] | None = None) -> str:
    """Hide the personal data of ``text``; what lies beyond ``SEARCHED_CHARS`` is left away."""
    head = text[:SEARCHED_CHARS]
    kept = []
    at = 0
    for span in find_personal_data(text) if spans is None else spans:
        kept += [head[at : span.start], MARK]
        at = span.end
    kept.append(head[at:])
    return "".join(kept) + ("…" if len(text) > SEARCHED_CHARS else "")


def _written(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from _all(DataKind.MAIL, _MAIL, text)
    if "(" in text or "[" in text or "{" in text:
        yield from _all(DataKind.MAIL, _SPELT_MAIL, text)
    if ":" in text or "=" in text or "c" in text:
        yield from _all(DataKind.SECRET, _SECRET, text)


def _numbers(text: str) -> Iterator[Span]:
    yield from _ibans(text)
    yield from _all(DataKind.SSN, _SSN, text)
    if text.count(".") >= 3:
        yield from _all(DataKind.NETWORK, _IPV4, text)
    if ":" in text:
        yield from _all(DataKind.NETWORK, _IPV6, text)
    yield from _digit_runs(text)
    yield from _all(DataKind.IDENTITY, _PAPERS, text)
    yield from _all(DataKind.IDENTITY, _BORN, text)
    yield from _all(DataKind.ORDER, _PARCEL, text)
    yield from _all(DataKind.ORDER, _ORDER, text)
    yield from _all(DataKind.ADDRESS, _STREET, text)
    yield from _all(DataKind.ADDRESS, _POSTCODE, text)


def _all(kind: DataKind, pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    group = "data" if "data" in pattern.groupindex else 0
    for match in pattern.finditer(text):
        yield Span(kind, match.start(group), match.end(group))


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match.group()[:2].upper(), 0)
        end = match.start()
        for character in match.group():
            end += 1
            length -= character != " "
            if length == 0:
                break
        if length == 0 and has_iban_checksum(text[match.start() : end]):
            yield Span(DataKind.IBAN, match.start(), end)


def _digit_runs(text: str) -> Iterator[Span]:
    for place, match in enumerate(_DIGITS.finditer(text)):
        before = text[max(0, match.start() - 40) : match.start()]
        kind = _kind_of_digits(match.group(), before) if place < LOOKED_UP else DataKind.PHONE
        if kind is None and _AFTER_PHONE.match(text, match.end()):
            kind = DataKind.PHONE
        if kind:
            yield Span(kind, match.start(), match.end())


def _kind_of_digits(written: str, before: str) -> DataKind | None:
    digits = "".join(filter(str.isdecimal, written))
    if 13 <= len(digits) <= 19 and has_luhn_checksum(digits):
        return DataKind.CARD
    if written[0] == "+" and len(digits) >= 8:
        return DataKind.PHONE
    if _NO_PHONE_WORDS.search(before) or _is_version(written):
        return None
    if 7 <= len(digits) <= 15 and (_PHONE_WORDS.search(before) or _is_phone(written, digits)):
        return DataKind.PHONE
    if written.isdecimal() and len(digits) >= 9:
        return DataKind.ORDER
    return None


def _is_version(written: str) -> bool:
    """Whether dots part it unlike any phone number: 8.4.22.515, 15.38/10.68."""
    parts = _SEPARATORS.split(written)
    return len(parts) > 1 and (
        len({c for c in written if c in "./"}) > 1 or min(map(len, parts)) < 2 or max(map(len, parts)) > 8
    )


def _is_phone(written: str, digits: str) -> bool:
    if len(digits) < 9 and not written.startswith("("):
        return False
    for region in _REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(written, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def has_luhn_checksum(digits: str) -> bool:
    """Whether a card number's check digit is right."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def has_iban_checksum(written: str) -> bool:
    """Whether an IBAN's check digits are right (mod 97)."""
    compact = written.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _without_overlaps(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Keep, of spans that touch, the one that starts first and then the longer; a later one is cut."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if kept and span.start < kept[-1].end:
            if span.end > kept[-1].end:
                kept[-1] = Span(kept[-1].kind, kept[-1].start, span.end)
            continue
        kept.append(span)
    return tuple(kept)
