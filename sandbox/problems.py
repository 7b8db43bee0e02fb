"""What the API says when it does not do what it was asked, in X's shapes."""

from dataclasses import dataclass, field

_BASE = "https://api.twitter.com/2/problems"


@dataclass
class Problem(Exception):
    """An answer other than the one asked for."""

    status: int
    body: dict[str, object]
    headers: dict[str, str] = field(default_factory=dict)


def plain(status: int, title: str, detail: str) -> Problem:
    """Return a problem without a type of its own."""
    return Problem(status, {"title": title, "type": "about:blank", "status": status, "detail": detail})


def unauthorized() -> Problem:
    """Return what a missing, wrong or expired token is told."""
    return plain(401, "Unauthorized", "Unauthorized")


def forbidden(detail: str) -> Problem:
    """Return what a request is told that is understood and not allowed."""
    return plain(403, "Forbidden", detail)


def too_many_requests() -> Problem:
    """Return what a caller is told whose window is used up."""
    return plain(429, "Too Many Requests", "Too Many Requests")


def user_context_needed() -> Problem:
    """Return what the app alone is told where an account is needed."""
    detail = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
        "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
    )
    body = {
        "title": "Unsupported Authentication",
        "type": f"{_BASE}/unsupported-authentication",
        "status": 403,
        "detail": detail,
    }
    return Problem(403, dict(body))


def invalid(message: str, parameter: str, value: str) -> Problem:
    """Return what a wrong parameter is told."""
    return Problem(
        400,
        {
            "errors": [{"parameters": {parameter: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{_BASE}/invalid-request",
        },
    )


def missing(kind: str, parameter: str, value: str) -> dict[str, object]:
    """Return the entry of ``errors`` that stands for a post or a user nobody finds."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{_BASE}/resource-not-found",
    }
