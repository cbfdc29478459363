"""One far end: a JSON body goes there, a JSON object comes back, or an error that says whose fault it is.

What the world does to a request (a dropped connection, half an answer, 429, 5xx) is tried again after a pause, with
jitter, no earlier than the server asked for, until the deadline. What is wrong with the request fails it alone. What is
wrong with the far end opens the breaker. Redirects are not followed, replies are bounded, the key is never repeated.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from workers.engines.base import EngineError
from workers.engines.http.breaker import Breaker

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
CONNECT_SECONDS = 10.0
QUOTED_CHARACTERS = 300  # of what a server says about an error
TOO_LARGE = 413
TRY_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
NOT_FOR_US = {
    401: "does not accept the API key",
    402: "asks for payment",
    403: "does not allow this API key to use the model",
    404: "has no such address or model",
}


class TooLargeForServer(EngineError):
    """413: less of it may be taken."""


class _Passing(Exception):
    """A failure that another attempt may not meet."""

    def __init__(self, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class _Misplaced(Exception):
    """The far end as a whole is not what we were told: no request will fare better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a far end is treated. `deadline_seconds` holds for one request with all its attempts."""

    in_flight: int = 16
    deadline_seconds: float = 600.0
    reply_bytes: int = 8 << 20
    failures_to_open: int = 8
    rest_seconds: float = 30.0


@dataclass(eq=False)
class Server:
    """`name` stands for it in messages; `base_url` ends before `/chat/completions`."""

    name: str
    base_url: str
    api_key: str = field(default="", repr=False)
    limits: Limits = field(default_factory=Limits)
    random: random.Random = field(default_factory=random.Random)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.limits.failures_to_open, self.limits.rest_seconds)
        self._free = asyncio.Semaphore(self.limits.in_flight)
        self._last_answer = 0.0
        self._not_before = 0.0  # a server that says when to come back says it to all requests
        headers = {"Accept-Encoding": "identity"}  # so that a small reply cannot unfold to a huge one
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        self._client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(self.limits.deadline_seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=self.limits.in_flight),
            follow_redirects=False,
            trust_env=False,  # neither a proxy nor a .netrc gets to see the key
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def look(self, path: str) -> dict[str, Any] | None:
        """What a GET finds there; None for whatever else happens: nothing is concluded from it."""
        try:
            async with asyncio.timeout(self.limits.deadline_seconds):
                return await self._once("GET", path, None)
        except (_Passing, _Misplaced, EngineError, TimeoutError):
            return None

    async def post(self, path: str, body: dict[str, Any], *, attempts: int | None = None) -> dict[str, Any]:
        """Raises EngineError for the request's fault, EngineUnavailable for the far end's.

        With `attempts`, that many at the most, and the last failure is the request's.
        """
        async with self._free:
            self.breaker.enter()
            began = time.monotonic()
            try:
                async with asyncio.timeout(self.limits.deadline_seconds):
                    return await self._until_answered(path, body, attempts)
            except _Misplaced as misplaced:
                raise self.breaker.open(f"{self.name}: {misplaced}") from misplaced
            except TimeoutError as error:
                raise self._too_late(began) from error
            finally:
                self.breaker.leave()

    def _too_late(self, began: float) -> EngineError:
        """Its own fault if others were answered in the meantime."""
        seconds = self.limits.deadline_seconds
        if self._last_answer < began:
            return self.breaker.open(f"{self.name}: no answer to anything within {seconds:g} s")
        return EngineError(
            f"{self.name}: expected an answer within {seconds:g} s, found none while others were answered; "
            "give it a longer deadline, or ask for shorter replies"
        )

    async def _until_answered(self, path: str, body: dict[str, Any], attempts: int | None) -> dict[str, Any]:
        attempt = 0
        while True:
            await self._wait_until_welcome()
            try:
                answer = await self._once("POST", path, body)
            except _Passing as passing:
                attempt += 1
                if attempt == attempts:
                    raise EngineError(f"{self.name}: {passing}") from passing
                await self._pause(passing, attempt)
            else:
                self._last_answer = time.monotonic()
                self.breaker.succeeded()
                return answer

    async def _wait_until_welcome(self) -> None:
        if (left := self._not_before - time.monotonic()) > 0:
            await self.sleep(left)

    async def _pause(self, passing: _Passing, attempt: int) -> None:
        """Before the next attempt. Raises EngineUnavailable where there is to be none."""
        asked_for = passing.retry_after_seconds
        if asked_for is not None and asked_for > self.limits.deadline_seconds:
            raise self.breaker.open(f"{self.name}: {passing}, and asks for {asked_for:g} s of rest", asked_for)
        if asked_for is not None:
            # It answers, and says when it will again: that is no failure.
            self._not_before = max(self._not_before, time.monotonic() + asked_for)
            return
        self.breaker.failed(f"{self.name}: {passing}")
        self.breaker.enter()
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
        await self.sleep(self.random.uniform(longest / 2, longest))

    async def _once(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        try:
            async with self._client.stream(method, self.base_url.rstrip("/") + path, json=body) as response:
                content = await self._bounded(response)
        except httpx.HTTPError as error:
            raise _Passing(f"the connection failed: {type(error).__name__}: {self._quoted(str(error))}") from error
        if not response.is_success:
            self._refuse(response, content)
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise _Passing(f"expected JSON, found {self._quoted(content)!r}") from error
        if not isinstance(answer, dict):
            raise _Passing(f"expected a JSON object, found {self._quoted(content)!r}")
        if "error" in answer and answer["error"] and "choices" not in answer:
            raise _Passing(f"it answers with an error: {self._quoted(content)}")
        return answer

    async def _bounded(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _Misplaced("expected a plain reply, found a compressed one, which was not asked for")
        content = bytearray()
        async for chunk in response.aiter_raw(64 << 10):
            content += chunk
            if len(content) > self.limits.reply_bytes:
                reason = f"expected a reply of at most {self.limits.reply_bytes} bytes, found a larger one"
                self.breaker.failed(f"{self.name}: {reason}")
                raise EngineError(f"{self.name}: {reason}")
        return bytes(content)

    def _refuse(self, response: httpx.Response, content: bytes) -> None:
        status, said = response.status_code, self._quoted(content)
        if response.is_redirect or response.is_informational:
            raise _Misplaced(
                f"it answers {status} and sends us elsewhere, where we do not go; "
                "give the endpoint the address that answers itself"
            )
        if status in NOT_FOR_US:
            raise _Misplaced(f"it answers {status}: it {NOT_FOR_US[status]} ({said})")
        if status in TRY_AGAIN:
            raise _Passing(f"it answers {status} ({said})", _retry_after(response.headers.get("retry-after")))
        kind = TooLargeForServer if status == TOO_LARGE else EngineError
        raise kind(f"{self.name}: it answers {status} to this request ({said})")

    def _quoted(self, said: bytes | str) -> str:
        """A line of it; a server that sends our key back to us does not get it into our logs."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        if self.api_key:
            text = text.replace(self.api_key, "[API key]")
        text = " ".join(text.split())
        return text if len(text) <= QUOTED_CHARACTERS else text[:QUOTED_CHARACTERS] + "…"


def _retry_after(header: str | None) -> float | None:
    """Seconds, from a number of them or from a date; None where it is neither."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None
