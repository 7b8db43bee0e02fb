"""Pure: what in a text will read as a link on a network, and whether the brand lets it stand."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

#: What networks turn into links without a scheme: the common endings, and every country's.
_ENDINGS = "com|net|org|info|biz|app|dev|shop|store|site|online|xyz|link|page|club|example|test|[a-z]{2}"
_DOTS = re.compile(r"[\u3002\uff0e\uff61]")
_WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,15}:[/\\]{2}\S*", re.IGNORECASE)
_BARE = re.compile(
    rf"(?<![\w@.-])(?:www\.)?(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?\.){{1,5}}(?:{_ENDINGS})(?![\w-])(?:/\S*)?",
    re.IGNORECASE,
)
_SCRIPT_SCHEMES = re.compile(r"(?<!\w)(?:javascript|vbscript|data|file|ftp|mailto|tel):\S+", re.IGNORECASE)
_HOST_END = re.compile(r"[/?#\\\u2215\u2044]")
_SHORTENERS = frozenset(
    {"bit.ly", "t.co", "tinyurl.com", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly", "lnkd.in", "t.ly"}
)
_SENTENCE_ENDS = ".,;:!?)]}\u2026\u00bb\u201d\u2019\"'"


class LinkFault(StrEnum):
    """Why a link may not stand."""

    NOT_LISTED = "not_listed"
    NOT_HTTPS = "not_https"
    NO_SCHEME = "no_scheme"
    SHORTENER = "shortener"
    DISGUISED = "disguised"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it was typed, the host it leads to, and what is wrong with it, if anything."""

    text: str
    host: str
    fault: LinkFault | None


def find_links(text: str, *, allowed: Collection[str]) -> list[Link]:
    """Return every link of ``text`` in order; ``allowed`` are the brand's hosts, each matched exactly."""
    plain = _DOTS.sub(".", text)
    hosts = {_ascii_host(host) for host in allowed}
    found = [(match.start(), _judge(match.group(), hosts)) for match in _WITH_SCHEME.finditer(plain)]
    found += [
        (match.start(), Link(match.group(), "", LinkFault.NOT_LISTED)) for match in _SCRIPT_SCHEMES.finditer(plain)
    ]
    rest = _WITH_SCHEME.sub(lambda match: " " * len(match.group()), plain)
    found += [(match.start(), _judge_bare(match.group(), hosts)) for match in _BARE.finditer(rest)]
    if plain != text:  # a dot of another script: what is typed is not what is read
        found = [(start, Link(link.text, link.host, link.fault or _unless_typed(link, text))) for start, link in found]
    return [link for _start, link in sorted(found, key=lambda each: each[0])]


def _unless_typed(link: Link, text: str) -> LinkFault | None:
    return None if link.text in text else LinkFault.DISGUISED


def _judge(written: str, allowed: Collection[str]) -> Link:
    written = written.rstrip(_SENTENCE_ENDS)
    scheme, _, rest = written.partition(":")
    after = rest.lstrip("/\\")
    authority = _HOST_END.split(after, maxsplit=1)[0]
    host = authority.rpartition("@")[2].lower()
    if "@" in authority or "\\" in written or not rest.startswith("//") or _hides_another(after):
        return Link(written, host, LinkFault.DISGUISED)
    if _ascii_host(host) not in allowed:
        known = host.removeprefix("www.") in _SHORTENERS
        return Link(written, host, LinkFault.SHORTENER if known else LinkFault.NOT_LISTED)
    if unicodedata.normalize("NFKC", host) != host:
        return Link(written, host, LinkFault.DISGUISED)
    return Link(written, host, None if scheme.lower() == "https" else LinkFault.NOT_HTTPS)


def _judge_bare(written: str, allowed: Collection[str]) -> Link:
    written = written.rstrip(_SENTENCE_ENDS)
    host = _HOST_END.split(written, maxsplit=1)[0].lower()
    if _ascii_host(host) in allowed:
        return Link(written, host, LinkFault.NO_SCHEME)
    return Link(written, host, LinkFault.SHORTENER if host in _SHORTENERS else LinkFault.NOT_LISTED)


def _hides_another(after: str) -> bool:
    return "://" in after or ":\\" in after


def _ascii_host(host: str) -> str:
    """Return the host as it is looked up: NFKC, IDNA, lower case; "" for one that is no name at all."""
    try:
        return unicodedata.normalize("NFKC", host).lower().encode("idna").decode()
    except UnicodeError:
        return ""
