"""What came of a page that was taken in."""

from dataclasses import dataclass

from app.channels.types import IncomingPost


@dataclass(frozen=True, slots=True)
class Edited:
    """A mention, and how its author left it last."""

    mention_id: int
    post: IncomingPost


@dataclass(frozen=True, slots=True)
class Captured:
    """What a page brought: how many posts for triage and for threads, and the mentions that were deleted or edited."""

    mentions: int = 0
    thread_posts: int = 0
    answered_elsewhere: int = 0
    deleted: tuple[int, ...] = ()
    edited: tuple[Edited, ...] = ()

    @property
    def brought_news(self) -> bool:
        """Whether anything was on the page that was not known."""
        return bool(self.mentions or self.thread_posts or self.edited)
