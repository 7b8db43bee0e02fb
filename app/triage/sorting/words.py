"""The steps, borders and lanes of sorting, and its shares, in words."""

from flask_babel import lazy_gettext as _l

from app.foundation.words import _
from app.triage.sorting.ladder import Border, Step
from app.triage.sorting.shares import Share
from app.triage.types import Said

STEP_WORDS = {
    Step.FAR_TO_CREW: _l("Far more to the crew"),
    Step.TO_CREW: _l("More to the crew"),
    Step.AS_MADE: _l("In between, as it was made"),
    Step.TO_STAFF: _l("More to staff"),
    Step.FAR_TO_STAFF: _l("Far more to staff"),
}
BORDER_WORDS = {
    Border.ANGRY: _l("Angry"),
    Border.SENSITIVE: _l("Sensitive"),
    Border.TECHNICAL: _l("Technical"),
}
LANE_WORDS = {
    Said.NOISE: _l("Set aside"),
    Said.COMMUNITY: _l("The crew"),
    Said.STAFF_ANGRY: _l("Staff, as angry"),
    Said.STAFF_TECHNICAL: _l("Staff, as technical"),
    Said.STAFF_SENSITIVE: _l("Staff, as sensitive"),
    Said.STAFF: _l("Staff, in any lane"),
}


def share_in_words(share: Share) -> str:
    """Say a share in percent; nothing where there are too few to tell."""
    return _("%(percent)s%%", percent=round(100 * share.value)) if share.is_told else ""


def range_in_words(share: Share) -> str:
    """Say a share in percent, and how far chance may move it."""
    percents = (round(100 * each) for each in (share.value, share.low, share.high))
    return _("%(percent)s%% (%(low)s to %(high)s%%)", **dict(zip(("percent", "low", "high"), percents, strict=True)))


def proof_of(share: Share) -> str:
    """Say on how many a share rests, and how far chance may move it."""
    if not share.of:
        return _("no such post is known")
    if not share.is_told:
        return _("%(so)s of %(of)s: too few to tell", so=share.so, of=share.of)
    low, high = round(100 * share.low), round(100 * share.high)
    return _("%(so)s of %(of)s: %(low)s to %(high)s%%", so=share.so, of=share.of, low=low, high=high)


def move_in_words(before: float, now: float) -> str:
    """Say how a border, a score of 0..1, is moved."""
    was, is_now = round(100 * before), round(100 * now)
    if now == before:
        return _("stays at %(now)s%%", now=is_now)
    if now < before:
        return _("towards staff: from %(before)s%% to %(now)s%%", before=was, now=is_now)
    return _("towards the crew: from %(before)s%% to %(now)s%%", before=was, now=is_now)
