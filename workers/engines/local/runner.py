"""The one thread that runs the model: it takes what waits, keeps the batch full, and survives a full memory."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any

import torch

from workers.engines.base import EngineError, FinishReason
from workers.engines.local.batch import RunningBatch
from workers.engines.local.choosing import choose, layers
from workers.engines.local.loading import Loaded
from workers.engines.local.memory import is_out_of_memory, release, token_budget
from workers.engines.local.prefill import Reader
from workers.engines.local.requests import ChooseRequest, GenerateRequest
from workers.engines.local.waiting import Waiting

JOIN_EVERY = 16  # tokens between two looks at the queue while a batch runs: joining copies the cache
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """What the thread has done so far; read it to see how full the batches were."""

    requests: int = 0
    joins: int = 0  # times that requests entered the batch, at the start or while it ran
    tokens_out: int = 0
    most_rows: int = 0
    halved: int = 0  # times that memory ran out


class Runner:
    """Serves `waiting` until it is closed. No request fails because of who else is in its batch."""

    def __init__(self, loaded: Loaded, *, max_rows: int) -> None:
        self.loaded = loaded
        self.waiting = Waiting()
        self.tally = Tally()
        self.max_rows = max_rows
        self.reader = Reader(loaded)
        self.batch = RunningBatch(self.reader, self._finished)
        self._thread = Thread(target=self._serve, name=f"torch {loaded.device}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.waiting.close()
        self._thread.join()

    @torch.inference_mode()
    def _serve(self) -> None:
        while self.waiting.wait(enough=self.max_rows):
            self._choose()
            self._generate()
        for request in self.batch.clear():
            request.answer.set_exception(EngineError("this engine was closed while it answered this request"))

    def _generate(self) -> None:
        """Until nothing waits or runs; where memory ran out, the rest goes back to the queue for smaller batches."""
        self._add(self._next_requests())
        steps = 0
        while len(self.batch) and not self.waiting.closed:
            try:
                self.batch.step()
            except Exception as error:
                log.exception("a step of the batch failed")
                self._start_again(error)
            steps += 1
            if steps % JOIN_EVERY == 0:
                self._choose()
                if self.reader.joinable:
                    self._add(self._next_requests())

    def _next_requests(self) -> list[GenerateRequest]:
        running = len(self.batch)
        if running >= self.max_rows:
            return []
        budget, columns = token_budget(self.loaded), self.batch.columns if running else 0
        return self.waiting.take_generations(self.max_rows - running, budget - columns * running, columns)

    def _add(self, requests: list[GenerateRequest]) -> None:
        if not requests:
            return
        self.tally.joins += 1
        self.tally.requests += len(requests)
        try:
            self.batch.add(requests)
        except Exception as error:
            log.exception("reading prompts failed")
            self._start_again(error, requests)
        self.tally.most_rows = max(self.tally.most_rows, len(self.batch))

    def _start_again(self, error: Exception, joining: Sequence[GenerateRequest] = ()) -> None:
        """What has not ended goes back to the front of the queue; a request that fails by itself has failed.

        When memory ran out, no batch is as large again. After any other error each request runs alone, so that the one
        at fault takes no other with it.
        """
        hit = list(dict.fromkeys([*self.batch.clear(), *joining]))
        self.reader.forget()
        release(self.loaded)
        if len(hit) == 1:
            _fail(hit, error)
            return
        if is_out_of_memory(error):
            self.max_rows = max(1, len(hit) // 2)
            self.tally.halved += 1
            log.warning("out of memory with %d rows: going on with at most %d", len(hit), self.max_rows)
        else:
            for request in hit:
                request.alone = True
        self.waiting.put_back(hit)

    def _choose(self) -> None:
        while requests := self.waiting.take_choices(token_budget(self.loaded)):
            self._choose_these(requests)

    def _choose_these(self, requests: list[ChooseRequest]) -> None:
        try:
            answers = self._answers(requests)
        except Exception as error:
            log.exception("choosing failed for %d requests", len(requests))
            failure = error
        else:
            self.tally.requests += len(requests)
            for request, answer in zip(requests, answers, strict=True):
                if request.answer.set_running_or_notify_cancel():
                    request.answer.set_result(answer)
            return
        self.reader.forget()
        release(self.loaded)
        if len(requests) == 1:
            _fail(requests, failure)
            return
        self.tally.halved += is_out_of_memory(failure)
        half = len(requests) // 2
        self._choose_these(requests[:half])
        self._choose_these(requests[half:])

    def _answers(self, requests: Sequence[ChooseRequest]) -> list[Any]:
        plain = [request for request in requests if not request.by_layer]
        chosen = iter(choose(self.reader, plain) if plain else [])
        return [layers(self.reader, request) if request.by_layer else next(chosen) for request in requests]

    def _finished(self, request: GenerateRequest, tokens: list[int], reason: FinishReason) -> None:
        self.tally.tokens_out += len(tokens)
        if request.answer.set_running_or_notify_cancel():
            request.answer.set_result((tokens, reason))


def _fail(requests: Sequence[GenerateRequest | ChooseRequest], error: Exception) -> None:
    for request in requests:
        if request.answer.set_running_or_notify_cancel():
            told = EngineError(f"the model failed on a prompt of {len(request.prompt.ids)} tokens: {error}")
            told.__cause__ = error
            request.answer.set_exception(told)
