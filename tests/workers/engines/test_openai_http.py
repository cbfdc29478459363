"""The HTTP engine against a far end that misbehaves to order (a process of its own: hostile_server.py)."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy
import pytest
from PIL import Image

from workers.engines.base import EngineError, EngineUnavailable, Generation, Picture, user
from workers.engines.http.server import Limits
from workers.engines.openai_http import HttpEngine, HttpOptions, open_http

SCHEMA = {
    "type": "object",
    "properties": {"verdict": {"enum": ["yes", "no"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}
KEY = "sk-very-secret-1234"


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.workers.engines.hostile_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.kill()


def journal(hostile: str, containing: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{hostile}/journal") as response:
        return [one for one in json.load(response)["asked"] if containing in json.dumps(one["body"])]


def with_engine(
    url: str,
    ask: Callable[[HttpEngine], Awaitable[Any]],
    *,
    model: str = "m-1",
    sees_images: bool = False,
    api_key: str = KEY,
    **limits: Any,
) -> Any:
    async def session() -> Any:
        options = HttpOptions(
            base_url=url,
            model=model,
            api_key=api_key,
            sees_images=sees_images,
            limits=Limits(**{"deadline_seconds": 20, **limits}),
        )
        async with await open_http("far", Path("/nonexistent"), options) as engine:
            return await ask(engine)

    return asyncio.run(session())


def one_answer(url: str, text: str, schema: dict[str, Any] | None = None, **limits: Any) -> Generation:
    return with_engine(url, lambda engine: engine.generate([user(text)], schema=schema), **limits)


def no_answer(engine: HttpEngine) -> Any:
    async def nothing() -> None:
        """The probe alone."""

    return nothing()


def test_what_the_server_can_do_is_found_out_and_not_assumed(hostile: str) -> None:
    async def described(engine: HttpEngine) -> Any:
        return engine.description

    good, plain = with_engine(f"{hostile}/good", described), with_engine(f"{hostile}/plain", described)
    assert (good.gives_logits, good.holds_schema) == (True, True)
    assert (plain.gives_logits, plain.holds_schema) == (False, False)
    assert good.model == "m-1-2026-05-01"  # as the server says, for the provenance of each critique


def test_a_server_that_only_knows_max_completion_tokens_is_asked_in_its_words(hostile: str) -> None:
    assert one_answer(f"{hostile}/strict", "hello strict").text == "The sea is wide."


@pytest.mark.parametrize("order", ["500 2", "half 2", "html 2", "list 1"])
def test_what_passes_is_tried_again_and_nothing_is_lost(hostile: str, order: str) -> None:
    reply = one_answer(f"{hostile}/good", f"[{order}] hello")
    assert (reply.text, reply.tokens_in, reply.tokens_out) == ("The sea is wide.", 7, 3)
    times = [one["at"] for one in journal(hostile, f"[{order}] hello")]
    assert len(times) == int(order[-1]) + 1
    assert all(later - earlier > 0.2 for earlier, later in pairwise(times))


def test_a_server_that_says_when_to_come_back_is_left_alone_until_then_by_all(hostile: str) -> None:
    async def ask(engine: HttpEngine) -> None:
        limited = asyncio.create_task(engine.generate([user("[429 2] hello")]))
        while not journal(hostile, "[429 2] hello"):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        await asyncio.gather(limited, engine.generate([user("beside the 429")]))

    with_engine(f"{hostile}/good", ask)
    first, second, third = (one["at"] for one in journal(hostile, "[429 2] hello"))
    assert second - first > 0.45
    assert third - second > 0.45
    assert journal(hostile, "beside the 429")[0]["at"] - first > 0.45


def test_a_server_that_wants_to_rest_for_longer_than_the_deadline_pauses_the_run(hostile: str) -> None:
    with pytest.raises(EngineUnavailable, match="asks for 86400 s of rest") as raised:
        one_answer(f"{hostile}/good", "[429 for long 9] hello")
    assert raised.value.retry_after_seconds == pytest.approx(600)  # it is asked again earlier than that


def test_no_more_requests_are_in_flight_than_the_endpoint_allows(hostile: str) -> None:
    async def ask(engine: HttpEngine) -> None:
        await asyncio.gather(*(engine.generate([user(f"[pause] fill {number}")]) for number in range(12)))

    with_engine(f"{hostile}/good", ask, in_flight=3)
    assert max(one["in_flight"] for one in journal(hostile, "[pause] fill")) == 3


def test_a_request_that_the_server_refuses_fails_alone_and_at_once(hostile: str) -> None:
    async def ask(engine: HttpEngine) -> list[Any]:
        asked = (engine.generate([user(text)]) for text in ("[400 9] hello", "hello beside"))
        return await asyncio.gather(*asked, return_exceptions=True)

    refused, answered = with_engine(f"{hostile}/good", ask)
    assert isinstance(refused, EngineError)
    assert not isinstance(refused, EngineUnavailable)
    assert "this prompt is too long" in str(refused)
    assert answered.text == "The sea is wide."
    assert len(journal(hostile, "[400 9] hello")) == 1


def test_a_far_end_that_keeps_failing_opens_the_breaker_which_says_why_and_then_lets_one_try(hostile: str) -> None:
    async def ask(engine: HttpEngine) -> None:
        with pytest.raises(EngineUnavailable, match=r"endpoint far: it answers 500 .*3 attempts in a row") as raised:
            await engine.generate([user("[500 3] broken")])
        assert raised.value.retry_after_seconds == pytest.approx(1, abs=0.1)
        with pytest.raises(EngineUnavailable, match="it answers 500"):
            await engine.generate([user("held back")])
        assert not journal(hostile, "held back")
        await asyncio.sleep(1.1)
        assert (await engine.generate([user("after the rest")])).text == "The sea is wide."
        assert (await engine.generate([user("[500 3] broken")])).text == "The sea is wide."

    with_engine(f"{hostile}/good", ask, failures_to_open=3, rest_seconds=1)


def test_a_server_that_is_not_there_pauses_the_run() -> None:
    with pytest.raises(EngineUnavailable, match="the connection failed"):
        with_engine("http://127.0.0.1:9", no_answer, failures_to_open=2)


def test_a_far_end_that_never_answers_anything_pauses_the_run(hostile: str) -> None:
    began = time.monotonic()
    with pytest.raises(EngineUnavailable, match="no answer to anything within 1 s"):
        one_answer(f"{hostile}/good", "[silent 9] hello", deadline_seconds=1)
    assert time.monotonic() - began < 5


def test_one_request_that_is_never_answered_fails_alone(hostile: str) -> None:
    async def ask(engine: HttpEngine) -> None:
        silent = asyncio.create_task(engine.generate([user("[silent 9] alone")]))
        await asyncio.sleep(0.5)
        assert (await engine.generate([user("meanwhile")])).text == "The sea is wide."
        with pytest.raises(EngineError, match="while others were answered"):
            await silent

    with_engine(f"{hostile}/good", ask, deadline_seconds=2)


def test_a_huge_answer_is_cut_off(hostile: str) -> None:
    began = time.monotonic()
    with pytest.raises(EngineError, match="at most 1000000 bytes"):
        one_answer(f"{hostile}/good", "[huge 9] hello", reply_bytes=1_000_000)
    assert time.monotonic() - began < 5


def test_a_packed_answer_is_not_unpacked(hostile: str) -> None:
    with pytest.raises(EngineUnavailable, match="compressed"):
        one_answer(f"{hostile}/good", "[gzip 9] hello")


def test_a_redirect_is_not_followed(hostile: str) -> None:
    with pytest.raises(EngineUnavailable, match="sends us elsewhere"):
        with_engine(f"{hostile}/elsewhere", no_answer)


def test_another_model_than_the_one_asked_for_is_noticed_at_the_start(hostile: str) -> None:
    with pytest.raises(EngineError, match="expected an answer by the model m-1, found one by m-2"):
        with_engine(f"{hostile}/other", no_answer)
    with pytest.raises(EngineError, match="expected the model m-7 among those that it serves, found m-1"):
        with_engine(f"{hostile}/good", no_answer, model="m-7")


def test_another_model_is_noticed_in_the_middle_of_a_run_too(hostile: str) -> None:
    with pytest.raises(EngineUnavailable, match=r"found one by m-2.* answered by m-1-2026-05-01 before"):
        one_answer(f"{hostile}/good", "[changed] hello")


def test_a_key_that_a_server_repeats_stays_out_of_errors_and_logs(
    hostile: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(EngineUnavailable, match=r"does not accept the API key .*\[API key\]") as raised:
        with_engine(f"{hostile}/key", no_answer)
    assert KEY not in f"{raised.value!r} {caplog.text}"
    assert KEY not in repr(HttpOptions(base_url="http://x", model="m", api_key=KEY))


def test_structured_output_comes_by_response_format_where_the_server_holds_to_it(hostile: str) -> None:
    reply = one_answer(f"{hostile}/good", "judge with format", SCHEMA)
    assert (reply.parsed, reply.calls) == ({"verdict": "yes"}, 1)
    asked = journal(hostile, "judge with format")[0]["body"]
    assert asked["response_format"]["json_schema"]["schema"] == SCHEMA
    assert asked["messages"][-1]["content"] == "judge with format"


def test_elsewhere_the_schema_is_asked_for_in_words_and_a_wrong_reply_once_more(hostile: str) -> None:
    first, second = '{"verdict": "maybe"}', '```json\n{"verdict": "no"}\n```'
    reply = one_answer(f"{hostile}/plain", f"judge in words [says {first} then {second} said]", SCHEMA)
    assert reply.parsed == {"verdict": "no"}
    assert (reply.calls, reply.tokens_in, reply.tokens_out) == (2, 14, 6)
    once, again = (one["body"]["messages"] for one in journal(hostile, "judge in words"))
    assert '"enum": ["yes", "no"]' in once[-1]["content"]
    assert "at $.verdict, 'maybe' is not one of" in again[-1]["content"]


def test_a_reply_that_does_not_fit_even_then_is_kept_and_not_parsed(hostile: str) -> None:
    reply = one_answer(f"{hostile}/plain", "judge in vain", SCHEMA)
    assert (reply.parsed, reply.text, reply.calls) == (None, "The sea is wide.", 2)


def test_a_cut_reply_says_so_and_is_not_parsed(hostile: str) -> None:
    reply = one_answer(f"{hostile}/good", "[cut] judge", SCHEMA)
    assert (reply.parsed, reply.finish_reason) == (None, "length")


def test_a_reply_that_a_filter_took_away_is_an_error_and_no_judgment(hostile: str) -> None:
    with pytest.raises(EngineError, match="content_filter"):
        one_answer(f"{hostile}/good", "[filtered] judge")


def test_choose_adds_the_tokens_that_begin_an_option(hostile: str) -> None:
    yes, no = with_engine(f"{hostile}/good", lambda engine: engine.choose([user("Is it?")], ["Yes", "No"]))
    expected = math.exp(-0.2) / (math.exp(-0.2) + math.exp(-2.0) + math.exp(-3.0))
    assert (yes, no) == pytest.approx((expected, 1 - expected))


def test_choose_never_guesses(hostile: str) -> None:
    for options, why in ((["Blue", "Red"], "among the 4 likeliest tokens"), (["Yesterday", "Yes"], "begin alike")):
        with pytest.raises(EngineError, match=why):
            with_engine(f"{hostile}/good", lambda engine, o=options: engine.choose([user("Is it?")], o))
    with pytest.raises(EngineError, match="gives no probabilities"):
        with_engine(f"{hostile}/plain", lambda engine: engine.choose([user("Is it?")], ["Yes", "No"]))


def noise(width: int, height: int) -> Picture:
    pixels = numpy.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=numpy.uint8)
    file = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010F] = "A camera of somebody"
    Image.fromarray(pixels).save(file, "JPEG", quality=95, exif=exif)
    return Picture(file.getvalue())


def sent_picture(hostile: str, words: str) -> tuple[Image.Image, str]:
    parts = journal(hostile, words)[-1]["body"]["messages"][-1]["content"]
    url = next(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
    with urllib.request.urlopen(url) as content:
        image = Image.open(BytesIO(content.read()))
        image.load()
    return image, url


def test_pictures_are_sent_upright_bounded_and_without_what_the_camera_noted(hostile: str) -> None:
    shown = [user(noise(2400, 1200), "Look at this.")]
    with_engine(f"{hostile}/good", lambda engine: engine.generate(shown), sees_images=True)
    image, url = sent_picture(hostile, "Look at this.")
    assert image.size == (1024, 2048)
    assert len(url) < 6 << 20
    assert not image.getexif()


def test_a_server_that_finds_a_request_too_large_gets_smaller_pictures(hostile: str) -> None:
    shown = [user(noise(400, 400), "Small please.")]
    reply = with_engine(f"{hostile}/small", lambda engine: engine.generate(shown), sees_images=True)
    assert reply.text == "The sea is wide."
    image, url = sent_picture(hostile, "Small please.")
    assert len(url) < 20_000
    assert image.width >= 64


def test_a_server_without_eyes_is_noticed_before_the_run(hostile: str) -> None:
    with pytest.raises(EngineError, match=r"refuses a picture .*image input is not supported"):
        with_engine(f"{hostile}/blind", no_answer, sees_images=True)
    with pytest.raises(EngineError, match="does not see"):
        with_engine(f"{hostile}/good", lambda engine: engine.generate([user(noise(8, 8), "What?")]))
