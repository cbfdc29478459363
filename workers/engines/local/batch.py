"""The rows that are being generated at a time: they advance by one token together, leave as they end, others join."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
import xgrammar

from workers.engines.base import FinishReason
from workers.engines.local.cache import joined
from workers.engines.local.grammar import Grammars, forbid
from workers.engines.local.prefill import Read, Reader
from workers.engines.local.requests import GenerateRequest

LEAVE_TOGETHER = 0.25  # share of ended rows at which the batch is repacked; packing copies the cache of the others
READ_TOGETHER = 4096  # tokens of prompt in one forward pass; larger passes were no faster and need more memory


@dataclass(slots=True, eq=False)
class Row:
    """One request on its way: what it has said so far, and how it says the next token."""

    request: GenerateRequest
    matcher: xgrammar.GrammarMatcher | None
    generator: torch.Generator | None  # the row's own, so that its draws do not depend on who else is in the batch
    tokens: list[int] = field(default_factory=list)
    ended: bool = False


class RunningBatch:
    """Rows over one cache. `finished(request, tokens, reason)` is called as each row ends."""

    def __init__(self, reader: Reader, finished: Callable[[GenerateRequest, list[int], FinishReason], None]) -> None:
        self.reader = reader
        self.finished = finished
        self.stop_ids = frozenset(reader.loaded.stop_ids)
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
        self._repack()
        by_length = sorted(requests, key=lambda request: len(request.prompt.ids))
        # Caches that cannot be joined (sliding windows, recurrent layers) take one padded group.
        groups = _groups(by_length) if self.reader.joinable else [by_length]
        room = max(self.columns, *(request.columns for request in requests))
        states = [] if self._state is None else [self._state]
        for group in groups:
            # Rows are known before their prompts are read: if memory runs out here, they are among the unfinished.
            self.rows += [self._row(request) for request in group]
            states.append(self.reader.read([request.prompt for request in group], room))
        self._state = states[0] if len(states) == 1 else _joined(states, self.reader.loaded.model.config, room)

    def step(self) -> None:
        """One token for every row."""
        state = self._state
        assert state is not None
        tokens = self._next_tokens(state.logits)
        for row, token in zip(self.rows, tokens, strict=True):
            if not row.ended:
                self._say(row, token)
        if self._repack():
            tokens = [row.tokens[-1] for row in self.rows]
        state = self._state
        if state is None:
            return
        ids = torch.tensor(tokens, device=state.mask.device)[:, None]  # (rows, 1)
        state.mask = torch.nn.functional.pad(state.mask, (0, 1), value=1)
        state.positions = state.positions + 1
        state.logits = self.reader.go_on(ids, state.mask, state.positions, state.cache)[:, -1].float()

    def clear(self) -> list[GenerateRequest]:
        """Drops all rows and their memory; gives back the requests that had not ended."""
        unfinished = self.unfinished
        self.rows, self._state = [], None
        return unfinished

    def _row(self, request: GenerateRequest) -> Row:
        matcher = None if request.grammar is None else Grammars.matcher(request.grammar)
        generator = torch.Generator().manual_seed(request.seed) if request.temperature > 0 else None
        return Row(request, matcher, generator)

    def _next_tokens(self, logits: torch.Tensor) -> list[int]:
        """From logits (rows, vocabulary): the likeliest that the grammar allows, or a draw by the row's generator."""
        forbid(logits, [None if row.ended else row.matcher for row in self.rows])
        tokens: list[int] = logits.argmax(-1).tolist()
        for number, row in enumerate(self.rows):
            if row.generator is not None and not row.ended:
                chances = torch.softmax(logits[number].double().cpu() / row.request.temperature, -1)  # (vocabulary,)
                tokens[number] = int(torch.multinomial(chances, 1, generator=row.generator))
        return tokens

    def _say(self, row: Row, token: int) -> None:
        row.tokens.append(token)
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


def _groups(by_length: list[GenerateRequest]) -> list[list[GenerateRequest]]:
    """Requests in order of length, cut where padding them together would exceed READ_TOGETHER tokens."""
    groups: list[list[GenerateRequest]] = []
    for request in by_length:
        if not groups or len(request.prompt.ids) * (len(groups[-1]) + 1) > READ_TOGETHER:
            groups.append([])
        groups[-1].append(request)
    return groups


def _joined(states: list[Read], config: object, room: int) -> Read:
    columns = max(state.mask.shape[1] for state in states)
    masks = [torch.nn.functional.pad(state.mask, (columns - state.mask.shape[1], 0)) for state in states]
    return Read(
        cache=joined([state.cache for state in states], config, room),
        mask=torch.cat(masks),
        positions=torch.cat([state.positions for state in states], dim=-2),
        logits=torch.cat([state.logits for state in states]),
    )
