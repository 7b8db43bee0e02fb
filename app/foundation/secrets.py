"""Secrets at rest: AES-256-GCM, each cipher bound to the column it lies in, keys told apart by an id so that they rotate."""

import base64
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

_NONCE_BYTES = 12


class Unreadable(Exception):
    """A stored secret could not be read: its key is missing, or it was moved from where it belongs."""


class Keyring:
    """The keys of this installation; the first one writes, all of them read."""

    def __init__(self) -> None:
        self._keys: dict[str, AESGCM] = {}

    def load(self, keys: Mapping[str, bytes]) -> None:
        """Take ``keys``: id to 32 bytes, the writing one first."""
        self._keys = {name: AESGCM(key) for name, key in keys.items()}

    def seal(self, text: str, *, purpose: str) -> str:
        """Return ``text`` as ``keyid.base64``, readable only for the same ``purpose``."""
        name, key = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + key.encrypt(nonce, text.encode(), purpose.encode())
        return f"{name}.{base64.urlsafe_b64encode(sealed).decode()}"

    def unseal(self, sealed: str, *, purpose: str) -> str:
        """Return the text again.

        Raises:
            Unreadable: no such key, or the cipher was made for another purpose.
        """
        name, _, body = sealed.partition(".")
        raw = base64.urlsafe_b64decode(body)
        try:
            return self._keys[name].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
        except (KeyError, InvalidTag) as error:
            raise Unreadable(purpose) from error


KEYRING = Keyring()


class EncryptedText(TypeDecorator[str]):
    """Text that lies encrypted in its column; ``purpose`` names table and column.

    A row's own id is not known before it is written, so whoever stores a secret that must not be swapped between
    rows puts the row's lasting name into the text (see ``Connection.store_tokens``).
    """

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else KEYRING.seal(value, purpose=self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else KEYRING.unseal(value, purpose=self.purpose)
