"""What the moderators' line puts into the shell: that a reply waits too long."""

from app.accounts.permissions import Person
from app.foundation import clock, terms
from app.foundation.slots import Banner, register_banner
from app.foundation.words import _, ngettext
from app.reviews import queries


def _waiting_banner(person: Person) -> Banner | None:
    if not queries.sees_queue(person):
        return None
    oldest, now = queries.oldest_waiting(person), clock.now()
    if oldest is None or oldest > now - terms.chosen().review_told:
        return None
    minutes = int((now - oldest).total_seconds() // 60)
    left = max(0, int((oldest + terms.chosen().review - now).total_seconds() // 60))
    title = ngettext(
        "A reply has waited a minute for a decision.", "A reply has waited %(num)s minutes for a decision.", minutes
    )
    text = (
        ngettext(
            "In a minute its post goes to staff instead.", "In %(num)s minutes its post goes to staff instead.", left
        )
        if left
        else _("Its post goes to staff in a moment.")
    )
    return Banner(title=title, text=text, icon="hourglass", order=30, actions=((_("See the queue"), "/queue"),))


register_banner("waiting-reviews", _waiting_banner)
