"""A failure in words: one line for people, the trace below it for admins."""

from __future__ import annotations

import traceback

from annotations.core.codec import FieldError
from workers.engines.base import EngineError

SAYS_IT_ALL = (EngineError, FieldError)  # written for the person who can act: the name of the class adds nothing
MOST_CHARACTERS = 20_000


def told(error: BaseException) -> str:
    """First line: the cause, by which failures are grouped. Then the trace, its end kept where it is long."""
    message = " ".join(str(error).split()) or "no message"
    line = message if isinstance(error, SAYS_IT_ALL) else f"{type(error).__name__}: {message}"
    trace = "".join(traceback.format_exception(error)).replace("\x00", "\ufffd")
    return f"{line[:500]}\n{trace[-MOST_CHARACTERS:]}".replace("\x00", "\ufffd")
