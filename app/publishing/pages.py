"""What the pages of the cord and of recovery mode show, gathered."""

from dataclasses import dataclass
from datetime import datetime

from app.accounts.permissions import Permission, Person, may
from app.accounts.queries import agreeing_admins, user_with_roles
from app.channels.queries import connections
from app.cord.models import Hold, HoldScope, ResumeOffer
from app.cord.queries import active_holds
from app.feed.words import topic_name
from app.foundation.recovery import newest_recovery
from app.foundation.words import _, ngettext
from app.publishing import waiting, words
from app.publishing.forms import topics_to_pause
from app.replies.pages import network_name

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be paused, each with how many approved replies would wait; ``held``: under a stop of everything."""

    held: int
    scopes: list[Choice]
    connections: list[Choice]
    topics: list[Choice]


@dataclass(frozen=True, slots=True)
class HoldPage:
    """One hold as the cord's page shows it: what it alone keeps back, and what the reader may do about it.

    ``offers`` is empty where the reader has no say; ``alone``: no second admin must agree.
    """

    hold: Hold
    held: int
    offers: list[Choice]
    asked: str
    asked_by_me: bool
    alone: bool
    too_new: bool


def choices() -> Choices:
    """Return what may be paused."""
    would_wait = waiting.would_wait()
    scopes = {
        HoldScope.EVERYTHING: _("Everything"),
        HoldScope.CROWD: _("The crowd only"),
        HoldScope.CONNECTION: _("One account"),
        HoldScope.TOPIC: _("One topic"),
    }
    accounts = [
        (str(row.id), _wait(f"@{row.handle} ({network_name(row.kind)})", would_wait.by_connection[row.id]))
        for row in connections()
    ]
    topics = [(topic, _wait(topic_name(topic), would_wait.by_topic[topic])) for topic in topics_to_pause()]
    counted = {HoldScope.EVERYTHING: would_wait.everything, HoldScope.CROWD: would_wait.crowd}
    offered = [
        (scope.value, _wait(label, counted[scope]) if scope in counted else label)
        for scope, label in scopes.items()
        if {HoldScope.CONNECTION: accounts, HoldScope.TOPIC: topics}.get(scope, True)
    ]
    return Choices(would_wait.everything, offered, accounts, topics)


def _wait(label: str, many: int) -> str:
    return ngettext("%(label)s: %(num)s waits", "%(label)s: %(num)s wait", many, label=label)


def hold_pages(person: Person, *, at: datetime) -> list[HoldPage]:
    """Return what is paused, the widest first."""
    admins = agreeing_admins(at=at)
    return [_hold_page(hold, person, admins, at=at) for hold in active_holds()]


def _hold_page(hold: Hold, person: Person, admins: list[int], *, at: datetime) -> HoldPage:
    kept = waiting.kept_by(hold.id, at=at)
    agrees = person.id in admins
    asked = hold.resume_offer if hold.asked_by_id in admins else None

    def said(offer: ResumeOffer) -> str:
        leaving = kept.leaving(offer)
        return words.offer_words(offer, leaving=leaving, returned=kept.total - leaving)

    offered = [asked] if asked else list(ResumeOffer)
    return HoldPage(
        hold=hold,
        held=kept.total,
        offers=[(offer.value, said(offer)) for offer in offered] if agrees else [],
        asked=words.asked_line(hold) if asked else "",
        asked_by_me=asked is not None and hold.asked_by_id == person.id,
        alone=admins == [person.id],
        too_new=not agrees and may(person, Permission.RELEASE_CORD),
    )


@dataclass(frozen=True, slots=True)
class RecoveryEnd:
    """What the reader may do about an active recovery; ``asked`` is the sentence that says who wants its end."""

    asked: str
    asked_by_me: bool
    agrees: bool
    alone: bool
    too_new: bool


def recovery_end(person: Person, *, at: datetime) -> RecoveryEnd:
    """Return how the recovery that began last may be ended by hand."""
    recovery, admins = newest_recovery(), agreeing_admins(at=at)
    asker_id = recovery.asked_by_id if recovery and recovery.asked_by_id in admins else None
    said = (
        _("%(name)s asks a second admin to agree to end it.", name=user_with_roles(asker_id).name) if asker_id else ""
    )
    return RecoveryEnd(
        asked=said,
        asked_by_me=asker_id == person.id,
        agrees=person.id in admins,
        alone=admins == [person.id],
        too_new=person.id not in admins and may(person, Permission.RELEASE_CORD),
    )
