"""Secrets that are shown once and stored as their SHA-256.

A plain hash is enough: unlike a password, a secret here is 256 random bits, so there is nothing to try out.
"""

from __future__ import annotations

import hashlib
import secrets

SECRET_BYTES = 32


def new_secret(prefix: str = "") -> str:
    """A fresh secret, safe in a URL and in a header: the prefix, then 43 characters."""
    return prefix + secrets.token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> str:
    """64 hexadecimal characters: what the database keeps."""
    return hashlib.sha256(secret.encode()).hexdigest()
