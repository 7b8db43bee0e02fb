"""Pure: what stands in the way of a reply, and what its writer might look at again; the page and the server ask here."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.channels.registry import check_text
from app.channels.types import TextCheck
from app.foundation.errors import Invalid
from app.foundation.words import _
from app.replies import links, marks, wording
from app.replies.models import posted_text
from app.triage.personal_data import find_personal_data
from app.triage.types import DataKind

Count = Callable[[str], TextCheck]
#: Longer than any network takes; what lies beyond is not looked at, and the length alone stops it.
READ_AT_MOST = 10_000
QUOTED = 40


class Severity(StrEnum):
    """Whether a finding stops sending."""

    BLOCK = "BLOCK"
    ADVICE = "ADVICE"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen; ``fix`` says what to do."""

    severity: Severity
    code: str
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A text by the network's own count, and what was found, what stops it first."""

    length: int
    limit: int
    findings: tuple[Finding, ...] = ()
    has_links: bool = False

    @property
    def blocks(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.severity is Severity.BLOCK)

    @property
    def may_send(self) -> bool:
        return not self.blocks


@dataclass
class HouseRules:
    """What this installation allows; loaded once, where the application is built."""

    link_hosts: tuple[str, ...] = field(default=())

    def load(self, *, link_hosts: Sequence[str]) -> None:
        """Take the brand's own hosts, matched exactly."""
        self.link_hosts = tuple(link_hosts)


RULES = HouseRules()


def check(
    text: str, *, signature: str, network: str, link_hosts: Sequence[str] | None = None, earlier: Sequence[str] = ()
) -> Checked:
    """Check what would be posted on ``network``; ``earlier`` are the writer's recent replies."""
    text = marks.clean(text)
    read = unicodedata.normalize("NFC", text)[:READ_AT_MOST]
    counted = check_text(network, posted_text(text, signature))
    found = links.find_links(read, allowed=RULES.link_hosts if link_hosts is None else link_hosts)
    findings = [
        *_length(text, counted),
        *_signature(signature),
        *_links(found),
        *_personal_data(read),
        *_marks(read),
        *_placeholders(read),
        *_wording(read, earlier),
    ]
    findings.sort(key=lambda each: each.severity is not Severity.BLOCK)
    return Checked(counted.length, counted.limit, tuple(findings), has_links=bool(found))


def check_or_refuse(
    text: str, *, signature: str, network: str = "x", link_hosts: Sequence[str] | None = None
) -> Checked:
    """Check a text that is to be said at once.

    Raises:
        Invalid: it may not be said; the message is the first reason, with what to do.
    """
    checked = check(text, signature=signature, network=network, link_hosts=link_hosts)
    for finding in checked.blocks:
        raise Invalid(f"{finding.message} {finding.fix}".strip(), field="text")
    return checked


def _block(code: str, message: str, fix: str = "") -> Finding:
    return Finding(Severity.BLOCK, code, message, fix)


def _advice(code: str, message: str, fix: str = "") -> Finding:
    return Finding(Severity.ADVICE, code, message, fix)


def _quoted(words: Sequence[str]) -> str:
    shown = [word if len(word) <= QUOTED else f"{word[:QUOTED]}…" for word in words[:3]]
    return ", ".join(f"“{word}”" for word in shown)


def _length(text: str, counted: TextCheck) -> list[Finding]:
    if marks.is_blank(text):
        return [_block("empty", _("There is nothing to send yet."), _("Write a reply first."))]
    found = []
    if counted.length > counted.limit:
        over = counted.length - counted.limit
        found.append(
            _block(
                "too_long",
                _("This is %(over)s over the limit of %(limit)s.", over=over, limit=counted.limit),
                _("Shorten it; your signature counts too."),
            )
        )
    if "cashtags" in counted.warnings:
        found.append(_block("cashtags", _("The network takes one $ tag at most."), _("Take the other out.")))
    return found


def _signature(signature: str) -> list[Finding]:
    if marks.is_blank(signature):
        return [_block("signature", _("Your signature is missing."), _("Ask a moderator to set the name you sign by."))]
    return []


_LINK_WORDS: dict[links.LinkFault, Callable[[str], tuple[str, str]]] = {
    links.LinkFault.NOT_LISTED: lambda link: (
        _("%(link)s is not on the list of links we post.", link=link),
        _("Take it out. If it is no link, put a space after the full stop."),
    ),
    links.LinkFault.SHORTENER: lambda link: (
        _("%(link)s hides where it leads.", link=link),
        _("Use the full address on our own site."),
    ),
    links.LinkFault.NOT_HTTPS: lambda link: (
        _("%(link)s is not a safe link.", link=link),
        _("Begin it with https://."),
    ),
    links.LinkFault.NO_SCHEME: lambda link: (_("%(link)s is no full link.", link=link), _("Begin it with https://.")),
    links.LinkFault.DISGUISED: lambda link: (
        _("%(link)s leads somewhere else than it says.", link=link),
        _("Type the address of our own page again."),
    ),
}


def _links(found: Sequence[links.Link]) -> list[Finding]:
    return [
        _block(f"link_{link.fault.value}", *_LINK_WORDS[link.fault](_quoted([link.text])))
        for link in found
        if link.fault
    ]


def _personal_data(text: str) -> list[Finding]:
    """The words say what kind was seen and never repeat it."""
    names = {
        DataKind.MAIL: _("a mail address"),
        DataKind.PHONE: _("a phone number"),
        DataKind.CARD: _("a card number"),
        DataKind.IBAN: _("a bank account"),
        DataKind.ORDER: _("an order or customer number"),
        DataKind.ADDRESS: _("an address"),
        DataKind.SECRET: _("a password or code"),
    }
    kinds = dict.fromkeys(span.kind for span in find_personal_data(text))
    return [
        _block(
            "personal_data",
            _("This looks like %(what)s.", what=names.get(kind, _("personal data"))),
            _("Take it out: everybody can read a reply. If it is needed, hand the post to staff."),
        )
        for kind in kinds
    ]


def _marks(text: str) -> list[Finding]:
    found = []
    if hidden := marks.hidden_marks(text):
        found.append(
            _block(
                "hidden_marks",
                _("There are signs in it that nobody sees: %(signs)s.", signs=", ".join(hidden[:3])),
                _("Type the words around them again."),
            )
        )
    if mixed := marks.mixed_words(text):
        found.append(
            _block("mixed_script", _("%(words)s mixes two alphabets.", words=_quoted(mixed)), _("Type it again."))
        )
    if marks.has_stacked_marks(text):
        found.append(_block("stacked_marks", _("A letter carries too many marks."), _("Type it again.")))
    return found


def _placeholders(text: str) -> list[Finding]:
    left = wording.placeholders(text)
    return [_block("placeholder", _("%(words)s is still to be filled in.", words=_quoted(left)))] if left else []


def _wording(text: str, earlier: Sequence[str]) -> list[Finding]:
    found = []
    if said := wording.promises(text):
        found.append(
            _advice(
                "promise",
                _("%(words)s reads like a promise.", words=_quoted(said)),
                _("Say what you know, or hand it to staff."),
            )
        )
    if wording.blame(text):
        found.append(_advice("tone", _("This may read as a reproach."), _("Start with the fix, then be nice.")))
    if wording.is_loud(text):
        found.append(_advice("loud", _("This reads as shouting."), _("Fewer capitals and exclamation marks.")))
    if wording.most_alike(text, earlier) >= wording.ALIKE:
        found.append(
            _advice(
                "repeated",
                _("This is nearly what you wrote before."),
                _("Say it anew for this person: networks refuse the same words twice."),
            )
        )
    return found
