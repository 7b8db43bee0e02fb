"""What a spike is called, and what is said about it; whole sentences, each translated as one."""

from app.feed.words import topic_name
from app.foundation.words import _, ngettext
from app.mentions.types import Kind
from app.spikes.about import WISHES, Matter, Whys
from app.spikes.models import Spike, SpikeStatus
from app.spikes.sorts import Series, Sort
from app.triage.types import Cause
from app.triage.words import cause_words


def series_name(series: Series, account: str = "") -> str:
    """Return what a series counts; ``account`` is the handle of the one account it is about."""
    return {
        Sort.ALL: _("Posts to @%(account)s", account=account) if account else _("Posts to all accounts"),
        Sort.HARM: _("Posts that speak of harm"),
        Sort.ANGRY: _("Angry posts"),
        Sort.OUTAGE: _("Posts about an outage"),
        Sort.TOPIC: _("Posts about “%(topic)s”", topic=topic_name(series.topic)),
    }[series.sort]


def name_of(spike: Spike) -> str:
    """Return what there is more of; ``spike.connection`` must have been loaded."""
    return series_name(spike.series, spike.connection.handle if spike.connection else "")


def heard_line(*, heard: int, minutes: int, usual: float) -> str:
    """Return what was heard, beside what is usual."""
    if usual < 1:
        return ngettext(
            "%(num)s in %(minutes)s minutes, where there is usually none.",
            "%(num)s in %(minutes)s minutes, where there is usually none.",
            heard,
            minutes=minutes,
        )
    return ngettext(
        "%(num)s in %(minutes)s minutes, where about %(usual)s are usual.",
        "%(num)s in %(minutes)s minutes, where about %(usual)s are usual.",
        heard,
        minutes=minutes,
        usual=round(usual),
    )


def noticed_line(spike: Spike) -> str:
    """Return what gave a spike away."""
    return heard_line(heard=spike.heard, minutes=spike.minutes, usual=spike.usual)


def peak_line(spike: Spike) -> str:
    """Return the most that was heard."""
    return ngettext("%(num)s post an hour at most", "%(num)s posts an hour at most", spike.peak)


def state_of(spike: Spike) -> tuple[str, str, str]:
    """Return where a spike stands: words, tone, icon."""
    return {
        SpikeStatus.OPEN: (_("Going on"), "danger", "trending-up"),
        SpikeStatus.DISMISSED: (_("No incident"), "plain", "check"),
        SpikeStatus.ENDED: (_("Over"), "good", "circle-check"),
    }[spike.status]


def why_lines(whys: Whys) -> list[tuple[str, str]]:
    """Return each reason to write, and how many posts had it."""
    wishes = {Kind.WANTS_TO_BUY: _("They want to buy"), Kind.IDEA: _("They have an idea")}
    told = [(cause_words(cause), whys.causes.get(cause, 0)) for cause in Cause]
    told += [(wishes[kind], whys.wishes.get(kind, 0)) for kind in WISHES]
    told.append((_("Praise, chatter, and where nothing tells"), whys.posts - sum(posts for _words, posts in told)))
    return [(words, _share(posts, whys.posts)) for words, posts in told]


def _share(posts: int, of: int) -> str:
    return _("%(posts)s (%(percent)s%%)", posts=posts, percent=round(100 * posts / of))


def said_by(matter: Matter) -> str:
    """Return how many people say it, and how often."""
    return ngettext(
        "%(num)s person says so, in %(posts)s posts",
        "%(num)s people say so, in %(posts)s posts",
        matter.people,
        posts=matter.posts,
    )
