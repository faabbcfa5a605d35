"""Page tokens and presigned URLs: opaque, checked by a signature, so that the sandbox takes only its own."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import urlencode

_SIGNATURE_BYTES = 12


class InvalidTokenError(Exception):
    """A page token that this sandbox did not make, or made for another listing."""


class Signer:
    """Signs with the data folder's secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def page_token(self, listing: str, key: list[Any] | None) -> str:
        """A token that continues a listing after a row's key; two tokens for one key differ.

        Args:
            listing: the name of the listing, so that another one refuses it.
            key: see `Page.next_key`; None starts at the first row.
        """
        payload = json.dumps([listing, key, secrets.token_hex(3)]).encode()
        return base64.urlsafe_b64encode(self._sign(payload) + payload).decode().rstrip("=")

    def open_token(self, token: str) -> tuple[str, list[Any] | None]:
        """The listing and the key in a token.

        Raises:
            InvalidTokenError: it was not made by `page_token`.
        """
        try:
            data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidTokenError from error
        payload = data[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(self._sign(payload), data[:_SIGNATURE_BYTES]):
            raise InvalidTokenError
        name, key, _ = json.loads(payload)
        return name, key

    def page_key(self, listing: str, token: str) -> list[Any] | None:
        """The key in a token of one listing.

        Raises:
            InvalidTokenError: it was not made by `page_token`, or for another listing.
        """
        name, key = self.open_token(token)
        if name != listing:
            raise InvalidTokenError
        return key

    def presign(self, path: str, *, expires: int) -> str:
        """A path with a query that lets anyone read it until `expires` (seconds since the epoch)."""
        signature = self._sign(f"{path}\n{expires}".encode()).hex()
        return f"{path}?{urlencode({'expires': expires, 'signature': signature})}"

    def may_read(self, path: str, expires: str, signature: str, *, now: int) -> bool:
        """Whether a presigned path is genuine and has not expired at `now` (seconds since the epoch)."""
        expected = self._sign(f"{path}\n{expires}".encode()).hex()
        genuine = hmac.compare_digest(expected.encode(), signature.encode())
        return genuine and expires.isdecimal() and now < int(expires)

    def _sign(self, payload: bytes) -> bytes:
        return hmac.new(self._secret, payload, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
