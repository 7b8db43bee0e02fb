"""What people say of a post's place, written down beside what triage said: nothing is learnt here."""

from dataclasses import fields
from datetime import datetime

from sqlalchemy import select, update

from app.accounts.models import Role
from app.accounts.permissions import Person
from app.channels.models import Connection
from app.foundation.db import session
from app.mentions.models import Mention
from app.triage.models import Label
from app.triage.queries import verdicts_of
from app.triage.signals import read_signals
from app.triage.types import Said, Signals, Source


def say(mention: Mention, said: Said, *, source: Source, by_id: int, at: datetime) -> Label | None:
    """Write down where a person says a post belongs, whether or not triage had said so. The journal tells what they did.

    None where triage has concluded nothing, so that there is nothing to agree with or to correct.
    """
    verdict = verdicts_of([mention.id]).get(mention.id)
    if verdict is None:
        return None
    signals = _signals_of(mention)
    label = Label(
        mention_id=mention.id,
        said_route=said,
        source=source,
        by_id=by_id,
        said_at=at,
        route=verdict.route,
        band=verdict.band,
        confidence=verdict.confidence,
        reason=verdict.reasons[0][0] if verdict.reasons else "",
        way=verdict.way,
        rule_key=verdict.rule_key,
        scores=scores_of(signals) if signals else {},
        cues=list(dict.fromkeys(cue.code for cue in signals.cues)) if signals else [],
        learnable=session.scalars(select(Connection.learns).where(Connection.id == mention.connection_id)).one(),
    )
    session.add(label)
    return label


def unsay(mention_id: int, *, source: Source, by_id: int, at: datetime) -> None:
    """Take back what somebody said of a post as this source; it stays written down, and counts no longer."""
    session.execute(
        update(Label)
        .where(
            Label.mention_id == mention_id,
            Label.source == source,
            Label.by_id == by_id,
            Label.taken_back_at.is_(None),
        )
        .values(taken_back_at=at)
        .execution_options(synchronize_session=False)
    )


def source_of(person: Person) -> Source:
    """Return as what somebody of the team says it."""
    return Source.STAFF if person.roles & {Role.STAFF, Role.ADMIN} else Source.MODERATOR


def scores_of(signals: Signals) -> dict[str, float]:
    """Return every signal that is a number with a fraction, by its name."""
    values = {field.name: getattr(signals, field.name) for field in fields(signals)}
    return {name: round(value, 4) for name, value in values.items() if isinstance(value, float)}


def _signals_of(mention: Mention) -> Signals | None:
    """Read a post once more, but for its language; None for one that triage itself could not read."""
    if mention.masked_text is None or mention.to_reread:
        return None
    return read_signals(mention.text, language=mention.language)
