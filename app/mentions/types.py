"""Words that a mention carries from triage to the feed and the desk."""

from enum import StrEnum


class Route(StrEnum):
    """Where a mention should go."""

    NOISE = "noise"
    COMMUNITY = "community"
    STAFF_ANGRY = "staff_angry"
    STAFF_TECHNICAL = "staff_technical"
    STAFF_SENSITIVE = "staff_sensitive"

    @property
    def is_staff(self) -> bool:
        """Whether only the brand's own people may answer it."""
        return self in _STAFF


_STAFF = frozenset({Route.STAFF_ANGRY, Route.STAFF_TECHNICAL, Route.STAFF_SENSITIVE})


class Kind(StrEnum):
    """What sort of words it is made of."""

    QUESTION = "question"
    COMPLAINT = "complaint"
    PRAISE = "praise"
    CHATTER = "chatter"
    WANTS_TO_BUY = "wants_to_buy"
    IDEA = "idea"


class FeedLane(StrEnum):
    """Which lane of the feed shows it."""

    QUESTIONS = "questions"
    HELLO = "hello"
