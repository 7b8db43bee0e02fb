"""What publishing puts into the shell: the banner of a pulled cord, the cord's dialog, sends that want a look."""

from collections.abc import Callable

from app.accounts.permissions import Permission, Person, may
from app.cord.models import HoldScope
from app.cord.queries import active_holds, incidents_worded, open_alarms, sees_alarms
from app.foundation.recovery import active_recovery
from app.foundation.slots import Banner, Piece, register_banner, register_piece
from app.foundation.tasks import TaskKind
from app.foundation.words import _, ngettext
from app.publishing import pages, queries
from app.publishing.timelines import forgotten_posts
from app.publishing.words import asked_line, hold_story, hold_title


def _cord_banner(person: Person) -> Banner | None:
    holds = active_holds()
    if not holds:
        return None
    held = queries.waiting_under_hold()
    kept = ngettext("%(num)s approved reply is held, not lost.", "%(num)s approved replies are held, none lost.", held)
    actions = []
    if held and may(person, Permission.APPROVE_SECOND):
        actions.append((_("See held"), "/queue/held"))
    if may(person, Permission.RELEASE_CORD):
        actions.append((_("Resume posting"), "/cord"))
    more = ngettext("%(num)s more pause is active.", "%(num)s more pauses are active.", len(holds) - 1)
    said = [hold_story(holds[0]), more if len(holds) > 1 else "", kept if held else ""]
    if may(person, Permission.RELEASE_CORD):
        said.extend(asked_line(hold) for hold in holds)
    return Banner(
        title=hold_title(holds[0]),
        text=" ".join(filter(None, said)),
        tone="danger",
        icon="hand-stop",
        stop=True,
        partly=holds[0].scope is not HoldScope.EVERYTHING,
        order=0,
        actions=tuple(actions),
    )


def _recovery_banner(person: Person) -> Banner | None:
    recovery = active_recovery() if may(person, Permission.SEE_STAFF_LANES) else None
    if recovery is None:
        return None
    return Banner(
        title=_("Recovery mode: nothing is sent."),
        text=_(
            "What happened after %(time)s UTC may be forgotten. Posting goes on once our own posts have been read again.",
            time=recovery.lost_from.strftime("%Y-%m-%d %H:%M"),
        ),
        icon="history",
        stop=True,
        order=1,
        actions=((_("See how far it is"), "/recovery"),),
    )


def _forgotten_banner(person: Person) -> Banner | None:
    found = len(forgotten_posts(person)) if may(person, Permission.SETTLE_AS_POSTED) else 0
    if not found:
        return None
    title = ngettext(
        "A reply of ours was found that nobody here knows of.",
        "%(num)s replies of ours were found that nobody here knows of.",
        found,
    )
    return Banner(title=title, icon="history", order=21, actions=((_("Look"), "/recovery"),))


def _alarm_banner(person: Person) -> Banner | None:
    alarms = open_alarms() if sees_alarms(person) else []
    if not alarms:
        return None
    return Banner(
        title=_("Somebody raised the alarm.")
        if alarms[0].kind is TaskKind.ALARM
        else _("Not everybody could be told."),
        text=alarms[0].message,
        tone="danger",
        icon="bell",
        order=5,
        actions=((_("Look at it"), "/cord"),),
    )


def _asking_banner(person: Person) -> Banner | None:
    asking = queries.asking(person) if may(person, Permission.SETTLE_AS_POSTED) else []
    if not asking:
        return None
    unknown = sum(task.kind is TaskKind.UNKNOWN_SEND for _publication, task in asking)
    if unknown == len(asking):
        title = ngettext(
            "We cannot know whether a reply arrived.", "We cannot know whether %(num)s replies arrived.", unknown
        )
        text = _("Nothing is sent again until somebody has looked.")
    else:
        title = ngettext("A sending waits for somebody to look.", "%(num)s sendings wait for a look.", len(asking))
        text = asking[0][1].message
    return Banner(title=title, text=text, order=20, actions=((_("Look"), "/publishing"),))


def _cord_dialog(person: Person) -> Piece | None:
    if not may(person, Permission.PULL_CORD):
        return None
    return "publishing/_cord_dialog.html", {"choices": pages.choices()}


def _incident(insert: bool) -> Callable[[Person], Piece]:
    """Return the pinned line, with or without a button that puts it into the words in hand."""
    return lambda _person: ("publishing/_incident.html", {"incidents": incidents_worded(), "insert": insert})


register_banner("cord", _cord_banner)
register_banner("recovery", _recovery_banner)
register_banner("forgotten", _forgotten_banner)
register_banner("alarm", _alarm_banner)
register_banner("sends", _asking_banner)
register_piece("cord-dialog", _cord_dialog)
register_piece("incident", _incident(insert=False))
register_piece("incident-insert", _incident(insert=True))
