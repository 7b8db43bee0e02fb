"""Who writes on a topic again and again: counted in what was heard, once for a batch."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Select, func, literal_column, select

from app.foundation.db import session
from app.mentions.models import Mention
from app.triage.queries import Received


def with_voices(waiting: Sequence[Received]) -> list[Received]:
    """Return the posts with how often each one's author had written before, by topic.

    A post counts that stands before all of these, was sorted, and was not erased since; what is in one batch does not count
    among itself.
    """
    if not waiting:
        return []
    counted = counted_posts({one.author_id for one in waiting}, before=min(one.id for one in waiting))
    voices: dict[int, dict[str, int]] = defaultdict(dict)
    for author_id, topic, count in session.execute(counted):
        voices[author_id][topic] = count
    return [replace(one, voice=voices[one.author_id]) if one.author_id in voices else one for one in waiting]


def counted_posts(author_ids: Collection[int], *, before: int) -> Select[int, str, int]:
    """Return the query for author, topic and how many posts, among the mentions with ids below ``before``."""
    # Written out, so that SQLite knows the index for it.
    on_a_topic = Mention.topic != literal_column("''")
    return (
        select(Mention.author_id, Mention.topic, func.count())
        .where(Mention.author_id.in_(author_ids), on_a_topic, Mention.id < before)
        .group_by(Mention.author_id, Mention.topic)
    )
