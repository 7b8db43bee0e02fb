"""The webhook that tells the outside of an incident: signed, so that its receiver knows who calls and when.

Headers and signature are those of the Standard Webhooks specification (https://www.standardwebhooks.com), which has
libraries for the receiving side.
"""

import base64
import hashlib
import hmac
from datetime import datetime

from app.foundation import egress
from app.foundation.config import Mode, Settings


def signature_of(secret: str, *, key: str, sent_at: int, body: str) -> str:
    """Return the signature of one call; ``sent_at`` in seconds since 1970."""
    signed = f"{key}.{sent_at}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


class Webhook:
    """Where an installation's incidents are told, if anywhere."""

    def __init__(self) -> None:
        self._url = self._secret = ""
        self._loopback = False

    def employ(self, settings: Settings) -> None:
        """Call for an installation; only one that is tried out may call its own machine."""
        self._url, self._secret = settings.incident_webhook_url, settings.incident_webhook_secret
        self._loopback = settings.mode is not Mode.PRODUCTION

    @property
    def is_set(self) -> bool:
        """Whether anybody outside is told."""
        return bool(self._url)

    def call(self, body: str, *, key: str, at: datetime) -> None:
        """Send ``body``; a receiver that has seen ``key`` before may pass it over.

        Raises:
            egress.Undelivered: it was not taken.
        """
        if not self.is_set:
            raise egress.Undelivered("OVATION_INCIDENT_WEBHOOK_URL is not set")
        sent_at = int(at.timestamp())
        headers = {
            "Content-Type": "application/json",
            "Webhook-Id": key,
            "Webhook-Timestamp": str(sent_at),
            "Webhook-Signature": signature_of(self._secret, key=key, sent_at=sent_at, body=body),
        }
        egress.post(self._url, body.encode(), headers, loopback=self._loopback)


WEBHOOK = Webhook()
