"""The rows that are being generated at a time: they advance together, leave as they end, and others join."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
import xgrammar

from workers.engines.base import FinishReason
from workers.engines.local.cache import contents, joined
from workers.engines.local.forcing import PASS_IN_TOKENS, Forcing, tokens_in_one_pass
from workers.engines.local.grammar import Grammars, forbid
from workers.engines.local.prefill import Read, Reader
from workers.engines.local.prompts import Prompt
from workers.engines.local.requests import GenerateRequest

LEAVE_TOGETHER = 0.25  # share of ended rows at which the batch is repacked; packing copies the cache of the others


@dataclass(slots=True, eq=False)
class Row:
    """One request on its way: what it has said so far, and how it says the next token."""

    request: GenerateRequest
    matcher: xgrammar.GrammarMatcher | None
    generator: torch.Generator | None  # the row's own, so that its draws do not depend on who else is in the batch
    tokens: list[int] = field(default_factory=list)
    forced: list[int] = field(default_factory=list)  # what it must say next
    unread: list[int] = field(default_factory=list)  # said, but the model has not read it yet
    ended: bool = False


class RunningBatch:
    """Rows over one cache. `finished(request, tokens, reason)` is called as each row ends."""

    def __init__(self, reader: Reader, finished: Callable[[GenerateRequest, list[int], FinishReason], None]) -> None:
        self.reader = reader
        self.finished = finished
        self.stop_ids = frozenset(reader.loaded.stop_ids)
        self.forcing = Forcing(reader.loaded.tokenizer)
        self.pass_in_tokens = PASS_IN_TOKENS.get(reader.loaded.device.type, PASS_IN_TOKENS["cpu"])
        self.rows: list[Row] = []
        self._state: Read | None = None

    def __len__(self) -> int:
        return sum(not row.ended for row in self.rows)

    @property
    def unfinished(self) -> list[GenerateRequest]:
        return [row.request for row in self.rows if not row.ended]

    @property
    def columns(self) -> int:
        """That one further row would take of the cache: as many as the longest row will have."""
        if self._state is None:
            return 0
        left = max((row.request.max_new_tokens - len(row.tokens) for row in self.rows if not row.ended), default=0)
        return self._state.mask.shape[1] + left

    def add(self, requests: Sequence[GenerateRequest]) -> None:
        """Reads the prompts, similar lengths together, and joins them to the rows that run."""
        if not requests:
            return
        began = time.monotonic()
        self._repack()
        room = max(self.columns, *(request.columns for request in requests))
        running, new = list(self.rows), [self._row(request) for request in requests]
        # Rows are known before their prompts are read: if memory runs out there, they are among the unfinished.
        self.rows = running + new
        prompts = [self._opening(row) for row in new]
        states = [] if self._state is None else [self._state]
        in_order: list[Row] = []
        for numbers, read in self.reader.read(prompts, room):
            in_order += [new[number] for number in numbers]
            states.append(read)
        self.rows = running + in_order
        self._state = states[0] if len(states) == 1 else _joined(states, self.reader.loaded.model.config, room)
        self._share_time(new, time.monotonic() - began)

    def step(self) -> None:
        """One token for every row, and more where rows know ahead what they must say."""
        state = self._state
        assert state is not None
        began = time.monotonic()
        working = [row for row in self.rows if not row.ended]
        for row, token in zip(self.rows, self._next_tokens(state.logits), strict=True):
            if not row.ended:
                self._say(row, token)
        self._repack()
        state = self._state
        if state is not None:
            self._read_what_was_said(state)
        if not len(self):
            self.clear()
        self._share_time(working, time.monotonic() - began)

    def clear(self) -> list[GenerateRequest]:
        """Drops all rows and their memory; gives back the requests that had not ended."""
        unfinished = self.unfinished
        self.rows, self._state = [], None
        return unfinished

    def _row(self, request: GenerateRequest) -> Row:
        matcher = None if request.grammar is None else Grammars.matcher(request.grammar)
        generator = torch.Generator().manual_seed(request.seed) if request.temperature > 0 else None
        row = Row(request, matcher, generator)
        if matcher is not None:
            row.forced = list(self.forcing.ahead(matcher))
        return row

    def _opening(self, row: Row) -> Prompt:
        """The prompt with what the row must say first, which is read along with it."""
        row.unread = []
        while row.forced and not row.ended and len(row.tokens) < row.request.max_new_tokens - 1:
            self._say(row, row.forced.pop(0), look_ahead=False)
        opening, row.unread = row.unread, []
        return row.request.prompt.and_then(opening) if opening else row.request.prompt

    def _next_tokens(self, logits: torch.Tensor) -> list[int]:
        """From logits (rows, vocabulary): what is forced, else the likeliest that the grammar allows, or a draw."""
        choosing = [not row.ended and not row.forced for row in self.rows]
        forbid(logits, [row.matcher if choice else None for row, choice in zip(self.rows, choosing, strict=True)])
        tokens: list[int] = logits.argmax(-1).tolist()
        for number, row in enumerate(self.rows):
            if row.forced:
                tokens[number] = row.forced.pop(0)
            elif row.generator is not None and choosing[number]:
                chances = torch.softmax(logits[number].double().cpu() / row.request.temperature, -1)  # (vocabulary,)
                tokens[number] = int(torch.multinomial(chances, 1, generator=row.generator))
        return tokens

    def _say(self, row: Row, token: int, *, look_ahead: bool = True) -> None:
        row.tokens.append(token)
        row.unread.append(token)
        if row.request.answer.cancelled():
            row.ended = True
            return
        if row.matcher is not None:
            if not row.matcher.accept_token(token):
                raise RuntimeError(f"the grammar refused token {token}, which its own mask had allowed")
            stopped = row.matcher.is_terminated()
        else:
            stopped = token in self.stop_ids
        if stopped or len(row.tokens) == row.request.max_new_tokens:
            row.ended = True
            self.finished(row.request, row.tokens, "stop" if stopped else "length")
        elif look_ahead and row.matcher is not None and not row.forced:
            row.forced = list(self.forcing.ahead(row.matcher))

    def _read_what_was_said(self, state: Read) -> None:
        """Rows that know further tokens say as many as pay, and all are read in one pass, aligned at the last."""
        known = [1 if row.ended else 1 + len(row.forced) for row in self.rows]
        width = tokens_in_one_pass(known, self.pass_in_tokens) if self.reader.joinable else 1
        for row in self.rows:
            while not row.ended and row.forced and len(row.unread) < width:
                self._say(row, row.forced.pop(0), look_ahead=False)
        width = max(1, *(len(row.unread) for row in self.rows))
        unread = [row.unread[-width:] or [row.tokens[-1]] for row in self.rows]
        device = state.mask.device
        ids = torch.tensor([[0] * (width - len(said)) + said for said in unread], device=device)  # (rows, width)
        new = torch.tensor([[0] * (width - len(said)) + [1] * len(said) for said in unread], device=device)
        state.mask = torch.cat([state.mask, new], dim=1)
        positions = state.positions + new.cumsum(-1)  # (…, rows, width)
        state.logits = self.reader.go_on(ids, state.mask, positions, state.cache)[:, -1].float()
        state.positions = positions[..., -1:]
        for row in self.rows:
            row.unread = []

    def _share_time(self, rows: Sequence[Row], seconds: float) -> None:
        for row in rows:
            row.request.engine_seconds += seconds / len(rows)

    def _repack(self) -> bool:
        """Drops ended rows from the tensors once they are many enough, or all; True if it did."""
        ended = sum(row.ended for row in self.rows)
        if not ended or (ended < LEAVE_TOGETHER * len(self.rows) and ended < len(self.rows)):
            return False
        kept = [number for number, row in enumerate(self.rows) if not row.ended]
        self.rows = [self.rows[number] for number in kept]
        if not kept or self._state is None:
            self._state = None
            return True
        state = self._state
        indices = torch.tensor(kept, device=state.mask.device)
        state.cache.batch_select_indices(indices)
        self._state = Read(state.cache, state.mask[indices], state.positions[..., indices, :], state.logits[indices])
        return True


def _joined(states: list[Read], config: object, room: int) -> Read:
    columns = max(state.mask.shape[1] for state in states)
    masks = [torch.nn.functional.pad(state.mask, (columns - state.mask.shape[1], 0)) for state in states]
    return Read(
        cache=joined([contents(state.cache) for state in states], config, room),
        mask=torch.cat(masks),
        positions=torch.cat([state.positions for state in states], dim=-2),
        logits=torch.cat([state.logits for state in states]),
    )
