"""Secrets that must be read again (API keys of endpoints, signing secrets of webhooks): kept encrypted by Fernet.

The key is $ENDPOINT_SECRET, or one that the instance made for itself; the database alone opens nothing.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class Sealed(Exception):
    """It was encrypted with another ENDPOINT_SECRET than this machine has."""


def seal(secret: str) -> str:
    """Empty stays empty."""
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """Raises Sealed."""
    try:
        return _fernet().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken as error:
        raise Sealed("it was encrypted with another ENDPOINT_SECRET than this machine has") from error


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(settings.ENDPOINT_SECRET.encode()).digest()))
