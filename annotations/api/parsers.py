"""JSON bodies, bounded: what is too long or too deep is refused before it fills the memory."""

from __future__ import annotations

import io
from typing import Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MAX_BODY_BYTES = 96 * 1024 * 1024  # as a line of an imported file


class TooLarge(APIException):
    status_code = 413
    default_detail = f"Expected a body of at most {MAX_BODY_BYTES // 1024**2} MB. Send fewer records at once."
    default_code = "too_large"


class BoundedJSONParser(JSONParser):
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("Expected JSON of a sensible depth; found values nested too deeply.") from error
