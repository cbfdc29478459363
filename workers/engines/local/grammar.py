"""Structured output by xgrammar: which tokens a row may take next, so that its text fits the JSON schema."""

from __future__ import annotations

import json
from typing import Any

import torch
import xgrammar

from workers.engines.base import EngineError
from workers.engines.local.loading import Loaded


class Grammars:
    """Compiles each schema once (xgrammar keeps them) and hands out one matcher a request."""

    def __init__(self, loaded: Loaded) -> None:
        self.vocabulary = loaded.vocabulary
        tokens = xgrammar.TokenizerInfo.from_huggingface(
            loaded.tokenizer, vocab_size=self.vocabulary, stop_token_ids=list(loaded.stop_ids)
        )
        self.compiler = xgrammar.GrammarCompiler(tokens, max_threads=2, cache_limit_bytes=256 << 20)

    def compile(self, schema: dict[str, Any]) -> xgrammar.CompiledGrammar:
        """Without free white space, so that a small model cannot fill its turn with it. Raises EngineError."""
        try:
            return self.compiler.compile_json_schema(json.dumps(schema), any_whitespace=False)
        except RuntimeError as error:
            raise EngineError(f"expected a JSON schema that xgrammar can compile, found: {error}") from error

    @staticmethod
    def matcher(grammar: xgrammar.CompiledGrammar) -> xgrammar.GrammarMatcher:
        """Ends with the last brace: no stop token is waited for."""
        return xgrammar.GrammarMatcher(grammar, terminate_without_stop_token=True)


def forbid(logits: torch.Tensor, matchers: list[xgrammar.GrammarMatcher | None]) -> None:
    """Sets in place, in logits (rows, vocabulary), what each row's grammar does not allow next to minus infinity."""
    rows = [row for row, matcher in enumerate(matchers) if matcher is not None]
    if not rows:
        return
    bitmask = xgrammar.allocate_token_bitmask(len(matchers), logits.shape[1])  # (rows, vocabulary / 32), on CPU
    for row in rows:
        matcher = matchers[row]
        assert matcher is not None
        matcher.fill_next_token_bitmask(bitmask, row)
    xgrammar.apply_token_bitmask_inplace(logits, bitmask.to(logits.device), indices=rows)
