"""Renewing X's short-lived tokens. The refresh token changes with every use, so it is kept before it is needed."""

from datetime import timedelta
from typing import Any

import requests

from app.channels.types import Access, AuthExpired, ChannelError, Invalid, Now, RateLimited, Tokens, Transient

TOKEN_URL = "https://api.twitter.com/2/oauth2/token"  # noqa: S105 an address, no secret
RENEWED_BEFORE = timedelta(minutes=2)


class Signer:
    """The tokens in hand, renewed through their keeper."""

    def __init__(self, access: Access, session: requests.Session, *, now: Now) -> None:
        self.tokens = access.tokens
        self._access = access
        self._session = session
        self._now = now

    @property
    def runs_out(self) -> bool:
        """Whether they should be renewed before the next call."""
        ends = self.tokens.expires_at
        return bool(self.tokens.refresh_token) and ends is not None and ends - self._now() < RENEWED_BEFORE

    def renew(self) -> None:
        """Take what another process renewed, or renew them.

        Raises:
            AuthExpired: a person must connect the account again.
            Transient: another process is at it.
        """
        before, keeper = self.tokens, self._access.keeper
        try:
            self.tokens = self._renewed(before)
        except AuthExpired:  # perhaps because somebody else has renewed them, or signed in anew
            self.tokens = keeper.give_back(before)
            if self.tokens.are(before):
                raise

    def _renewed(self, before: Tokens) -> Tokens:
        if not before.refresh_token:
            raise AuthExpired("the access token is no longer taken, and there is none to renew it with")
        stored = self._access.keeper.borrow(before)
        if stored != before:
            return stored
        renewed = self._tokens(self._ask(before.refresh_token))
        return self._access.keeper.store(renewed, instead_of=before)

    def _ask(self, refresh_token: str) -> dict[str, Any]:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": self._access.client_id}
        secret = self._access.client_secret
        try:
            body = self._session.post(
                TOKEN_URL,
                data=form,
                auth=(self._access.client_id, secret) if secret else None,
                allow_redirects=False,
                timeout=None,
            ).json()
        except Invalid as error:
            raise AuthExpired(error.detail) from error
        except (AuthExpired, RateLimited):
            raise
        # Whatever befell this call says nothing of the post or the reply it was made for: not a byte of that has left.
        except ChannelError as error:
            raise Transient(f"the sign-in could not be renewed: {error.detail}", retry_at=error.retry_at) from error
        except ValueError as error:
            raise Transient("the new tokens could not be read") from error
        return body if isinstance(body, dict) else {}

    def _tokens(self, body: dict[str, Any]) -> Tokens:
        token, refresh, seconds = body.get("access_token"), body.get("refresh_token"), body.get("expires_in")
        if not isinstance(token, str) or not token:
            raise Transient("the answer holds no new token")
        ends = self._now() + timedelta(seconds=seconds) if isinstance(seconds, int) else None
        return Tokens(token, refresh if isinstance(refresh, str) else self.tokens.refresh_token, ends)
