"""Time-ordered ids that cannot be guessed: UUID version 7 (RFC 9562, section 5.7).

48 bits of Unix milliseconds, then 74 random bits. Made here rather than in the database so that a bulk import knows
every key before it copies rows, and because Python gains `uuid.uuid7` only in 3.14.
"""

from __future__ import annotations

import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (random >> 62) << 64
    value |= 0b10 << 62
    value |= random & (1 << 62) - 1
    return UUID(int=value)
