"""What may go wrong by the rules of the product; messages are for the reader of the page."""


class DomainError(Exception):
    """A rule of the product was not met."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(DomainError):
    """The person may know of the thing but not do this with it."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or not for this person."""

    status = 404


class Conflict(DomainError):
    """Somebody or something was faster."""

    status = 409


class Invalid(DomainError):
    """What was sent does not do; ``field`` names the form field it belongs to, if one does."""

    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
