"""Tokens that a grammar forces: the punctuation and names of a JSON schema, which the model need not choose.

They are known ahead, so that several are read in one pass. They are the same whether they are read together or one by
one: what a row says depends on its grammar, never on how full the batch is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xgrammar

# What a pass costs before its first token, in tokens: reading the weights takes as long as computing that many.
# On 2 CPU cores with 135M parameters a pass takes 60 ms and 2.3 ms a token; for CUDA this is a guess, unmeasured.
PASS_IN_TOKENS = {"cpu": 24, "cuda": 256}


class Forcing:
    """Remembers how each forced text is written in tokens."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._tokens: dict[str, tuple[int, ...]] = {}

    def ahead(self, matcher: xgrammar.GrammarMatcher) -> tuple[int, ...]:
        """The tokens that must come next. The last is left to the model: it may be one with what follows it."""
        if matcher.is_terminated():
            return ()
        text = matcher.find_jump_forward_string()
        if not text:
            return ()
        if text not in self._tokens:
            self._tokens[text] = tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"])[:-1]
        return self._tokens[text]


def tokens_in_one_pass(known: Sequence[int], pass_in_tokens: int) -> int:
    """How many columns to read at once, from how many tokens each row knows ahead (at least one).

    Each further column costs a token of computing for every row, and saves, for each row that uses it, that token and
    the row's share of a pass.
    """
    rows = len(known)
    best, best_gain = 1, 0.0
    for width in range(2, max(known) + 1):
        used = sum(min(count, width) - 1 for count in known)
        gain = used * (1 + pass_in_tokens / rows) - rows * (width - 1)
        if gain > best_gain:
            best, best_gain = width, gain
    return best
