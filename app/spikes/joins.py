"""What spikes put into the shell: a banner for those who may pull the cord, and how many last."""

from app.accounts.permissions import Permission, Person, may
from app.foundation.slots import Banner, register_banner, register_count
from app.foundation.words import _, ngettext
from app.spikes.models import Spike, SpikeStatus
from app.spikes.queries import live_spikes
from app.spikes.sorts import Sort
from app.spikes.words import name_of, noticed_line


def _open() -> list[Spike]:
    return [spike for spike in live_spikes() if spike.status is SpikeStatus.OPEN]


def _banner(person: Person) -> Banner | None:
    spikes = _open() if may(person, Permission.PULL_CORD) else []
    if not spikes:
        return None
    # Where somebody may come to harm, nothing else comes before it.
    first = next((spike for spike in spikes if spike.sort is Sort.HARM), spikes[0])
    others = len(spikes) - 1
    more = ngettext("%(num)s other thing stands out.", "%(num)s other things stand out.", others) if others else ""
    page = "/spikes" if others else f"/spikes/{first.id}"
    return Banner(
        title=_("Far more than usual: %(what)s.", what=name_of(first)),
        text=" ".join(filter(None, [noticed_line(first), more])),
        tone="danger" if first.sort is Sort.HARM else "warn",
        icon="trending-up",
        order=6,
        actions=((_("See what is going on"), page),),
    )


def _lasting(person: Person) -> int:
    return len(_open()) if may(person, Permission.SEE_STAFF_LANES) else 0


register_banner("spikes", _banner)
register_count("spikes", _lasting)
