"""What waits to be run: each request brings its prompt, its limits and the future on which its caller waits."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import xgrammar

from workers.engines.base import FinishReason
from workers.engines.local.prompts import Prompt


@dataclass(slots=True, kw_only=True, eq=False)
class GenerateRequest:
    prompt: Prompt
    grammar: xgrammar.CompiledGrammar | None
    max_new_tokens: int
    temperature: float
    seed: int
    engine_seconds: float = 0.0  # its share of the passes so far
    alone: bool = False  # after an error in a batch: whose fault it was shows when each runs by itself
    answer: Future[tuple[list[int], FinishReason]] = field(default_factory=Future)

    @property
    def columns(self) -> int:
        """Of the cache, at the most."""
        return len(self.prompt.ids) + self.max_new_tokens


@dataclass(slots=True, kw_only=True, eq=False)
class ChooseRequest:
    prompt: Prompt
    options: tuple[tuple[int, ...], ...]  # token ids of each option
    by_layer: bool = False  # then the answer has a row for each layer
    answer: Future[Any] = field(default_factory=Future)

    @property
    def columns(self) -> int:
        return len(self.options) * (len(self.prompt.ids) + max(map(len, self.options)))


Request = GenerateRequest | ChooseRequest
