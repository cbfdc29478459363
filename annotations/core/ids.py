"""Time-ordered ids that cannot be guessed: UUID version 7 (RFC 9562, section 5.7).

48 bits of Unix milliseconds, 12 bits of their fraction (section 6.2, method 3), 62 random bits. Ids of one process
ascend in the order in which they were made, so that rows of one import sort as they stood in the file. Made here
rather than in the database so that a bulk import knows every key before it copies rows, and because Python gains
`uuid.uuid7` only in 3.14.
"""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_tick = 0  # of 1/4096 millisecond; the clock may stand still between two calls, or be set back


def new_id() -> UUID:
    global _last_tick  # noqa: PLW0603
    with _lock:
        _last_tick = max(_last_tick + 1, (time.time_ns() << 12) // 1_000_000)
        tick = _last_tick
    value = (tick >> 12 & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (tick & 0xFFF) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return UUID(int=value)
