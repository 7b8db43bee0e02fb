"""Who says the same as whom, decided post by post; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.triage.likeness.sketch import LEAST_SHARE, Sketch, key_of_author, share_of


@dataclass(frozen=True, slots=True)
class Said:
    """A post, for what it says."""

    mention_id: int
    author_id: int
    sketch: Sketch

    @property
    def own_key(self) -> int:
        """The key of this very text from this author: who shouts it now, or names us now, says something else."""
        return key_of_author(self.sketch.exact, self.author_id)

    @property
    def keys(self) -> tuple[int, ...]:
        """Every key by which others may find it."""
        return (self.own_key, self.sketch.same, *self.sketch.bands)


@dataclass(frozen=True, slots=True)
class Holder:
    """The post that came last to a key."""

    mention_id: int
    group_id: int
    mins: str
    is_live: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """A post with its group, named after the group's first post; ``repeats`` is a live one of the same author's, sign for sign."""

    said: Said
    group_id: int
    repeats: int | None


def place(posts: Iterable[Said], holders: dict[int, Holder]) -> Iterator[Placed]:
    """Find the group of each post, in their order; ``holders``, by key, is kept up.

    The very same words always come to the same group, as long as their key is held. Others that share half of their words
    come to it as well; with several to choose from, to the oldest. How the posts are cut into batches makes no difference.
    """
    for said in posts:
        own = holders.get(said.own_key)
        placed = Placed(said, _group_of(said, holders), own.mention_id if own and own.is_live else None)
        now = Holder(said.mention_id, placed.group_id, said.sketch.mins)
        for key in said.keys:
            if key != said.own_key or placed.repeats is None:
                holders[key] = now
        yield placed


def _group_of(said: Said, holders: dict[int, Holder]) -> int:
    same = holders.get(said.sketch.same)
    if same is not None:
        return same.group_id
    # Several bands lead to one post mostly, and its sketch is compared once.
    near = {holder for key in said.sketch.bands if (holder := holders.get(key)) is not None}
    alike = [holder.group_id for holder in near if share_of(holder.mins, said.sketch.mins) >= LEAST_SHARE]
    return min(alike, default=said.mention_id)
