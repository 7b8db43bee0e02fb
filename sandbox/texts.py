"""What a post's text means to the network: length, handles, tags, links, language."""

import hashlib
import html
import re
import unicodedata
import warnings

with warnings.catch_warnings():
    # It reads its table of emojis by pkg_resources, which warns whoever imports it.
    warnings.simplefilter("ignore")
    from twitter_text import parse_tweet

LENGTH_LIMIT = 280
CUT_LENGTH = 270
LINK_WEIGHT = 23
SHORTEST_LINK = len("a.co")
# Links and joined emojis weigh less than their code points; beyond this nobody means an ordinary post.
MOST_CODE_POINTS = 4000
HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")

_MENTION = re.compile(r"(?<![A-Za-z0-9_!@#$%&*\uff20/])[@\uff20]([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])")
_HASHTAG = re.compile(r"(?<![\w&/#])[#\uff03](\w*[^\W\d_]\w*)")
_LINK = re.compile(r"https?://[^\s<>\"'\u0000-\u001f]+")
_HEAVY = re.compile("[^\\u0000-\\u10ff]")
_TRAILING = ".,;:!?)]}…"
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)


def fits(text: str) -> bool:
    """Say whether X would take these words as an ordinary post."""
    return len(text) <= MOST_CODE_POINTS and bool(parse_tweet(text).valid)


def is_long(text: str) -> bool:
    """Say whether the text needs more than an ordinary post's 280 weighted characters."""
    most_weight = len(text) + len(_HEAVY.findall(text)) + (LINK_WEIGHT - SHORTEST_LINK) * text.count(".")
    if most_weight <= LENGTH_LIMIT:
        return False
    return len(text) > MOST_CODE_POINTS or int(parse_tweet(text).weightedLength) > LENGTH_LIMIT


def well_formed(text: str) -> str:
    """Join surrogates that belong together, and replace those that stand alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def mentioned_handles(text: str) -> list[str]:
    """Return the handles named in a text, as written, each once."""
    return list({found.lower(): found for found in _MENTION.findall(text)}.values())


def hashtags(text: str) -> list[str]:
    """Return the tags in a text, in lower case, without their sign."""
    return [found.lower() for found in _HASHTAG.findall(text)]


def links(text: str) -> list[str]:
    """Return the http links in a text, without the punctuation that follows them."""
    return [found.group().rstrip(_TRAILING) for found in _LINK.finditer(text)]


def language_by_script(text: str) -> str:
    """Guess a language from the letters alone; ``und`` where they do not tell."""
    return next((language for language, letters in _SCRIPTS if letters.search(text)), "und")


def is_blank(text: str) -> bool:
    """Say whether nothing of a text can be seen."""
    return all(unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp"} for char in text)


def shortened(text: str) -> str:
    """Replace every link by its t.co link."""
    for link in sorted(set(links(text)), key=len, reverse=True):
        text = text.replace(link, short_link(link))
    return text


def short_link(link: str) -> str:
    """Return the t.co link that stands for a link."""
    digest = hashlib.sha256(link.encode("utf-8", "surrogatepass")).hexdigest()
    return f"https://t.co/{digest[:10]}"


def cut(text: str) -> str:
    """Shorten a long post the way the API does in ``text``."""
    if len(text) <= CUT_LENGTH:
        return text
    head = text[:CUT_LENGTH]
    return (head.rsplit(None, 1)[0] if " " in head else head) + "…"


def escaped(text: str) -> str:
    """Write the three characters that X writes as HTML entities."""
    return html.escape(text, quote=False)


def entities(text: str, user_ids: dict[str, int], links_as_written: list[str]) -> dict[str, object]:
    """List what stands in a text that is not yet escaped; offsets count code points.

    ``user_ids`` has the accounts by lower-case handle; handles nobody has are left out.
    """
    mentions = [
        {"start": found.start(), "end": found.end(), "username": found[1], "id": str(user_ids[found[1].lower()])}
        for found in _MENTION.finditer(text)
        if found[1].lower() in user_ids
    ]
    tags = [{"start": found.start(), "end": found.end(), "tag": found[1]} for found in _HASHTAG.finditer(text)]
    urls = []
    for link in dict.fromkeys(links_as_written):
        short = short_link(link)
        start = text.find(short)
        if start >= 0:
            shown = link.split("://", 1)[1]
            urls.append(
                {
                    "start": start,
                    "end": start + len(short),
                    "url": short,
                    "expanded_url": link,
                    "display_url": shown[:30],
                }
            )
    found_any = {"mentions": mentions, "hashtags": tags, "urls": urls}
    return {kind: entries for kind, entries in found_any.items() if entries}
