"""What can go wrong between a network and us, in the house's own words."""

from datetime import datetime
from typing import ClassVar, Literal

Sent = Literal["no", "maybe"]


class ChannelError(Exception):
    """What a network, or the way to it, refused us.

    ``sent`` says whether a post may exist all the same; only "no" allows another try. ``retry_at`` is absolute UTC.
    """

    code: ClassVar[str] = "error"

    def __init__(self, detail: str = "", *, sent: Sent = "no", retry_at: datetime | None = None) -> None:
        super().__init__(detail or self.code)
        self.detail = detail[:500]
        self.sent: Sent = sent
        self.retry_at = retry_at


class RateLimited(ChannelError):
    """We asked too often; ``retry_at`` is always set."""

    code = "rate_limited"


class AuthExpired(ChannelError):
    """The account must be connected again by a person: our sign-in ended, or lost a right it had.

    ``refused`` is the fingerprint of the tokens that are no longer taken, where it is known: by now others may be stored.
    """

    code = "auth_expired"
    refused: str = ""


class Gone(ChannelError):
    """The post is deleted, or hidden from us."""

    code = "gone"


class Forbidden(ChannelError):
    """Refused for good. ``reason``: not_summoned, suspended, protected, blocked, reply_closed or forbidden."""

    code = "forbidden"

    def __init__(self, detail: str = "", *, reason: str = "forbidden") -> None:
        super().__init__(detail)
        self.reason = reason


class Duplicate(ChannelError):
    """The network says we said this before. It proves neither way, so ``sent`` is "maybe"."""

    code = "duplicate"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, sent="maybe")


class TooLong(ChannelError):
    """The text does not fit."""

    code = "too_long"


class Invalid(ChannelError):
    """The network calls our request malformed."""

    code = "invalid"


class Transient(ChannelError):
    """Not our fault, and likely to pass: the way is broken, or the network is."""

    code = "transient"


class Garbled(Transient):
    """An answer came that says nothing: no JSON, or no object. ``raw`` is the answer."""

    def __init__(self, detail: str = "", *, sent: Sent = "no", raw: bytes = b"") -> None:
        super().__init__(detail, sent=sent)
        self.raw = raw


class BudgetSpent(ChannelError):
    """Today's money for this connection is spent."""

    code = "budget_spent"
