"""Which beginnings of prompts are worth reading once: plain Python on token ids, no tensors.

Prompts that begin alike form a tree: the system prompt, below it the image and question of each problem, below those
the requests. Each inner node that saves enough is read once, from its parent on; each prompt goes on from its deepest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol

WORTH_SHARING = 48  # tokens saved; below that, one more pass through the model costs more than it saves

Tokens = tuple[int, ...]


class Shareable(Protocol):
    """`symbols` are token ids; a picture's are replaced by what tells the pictures apart."""

    @property
    def symbols(self) -> Tokens: ...

    def cut(self, length: int) -> int:
        """The longest beginning of at most that length that does not end among its pictures."""


def shared_beginnings(prompts: Sequence[Shareable], known: Callable[[Tokens], int]) -> list[list[Tokens]]:
    """What to read first, in generations: those of one generation begin with nothing, or with one of those before.

    `known` gives how many tokens of a text have been read already.
    """
    in_order = sorted(prompts, key=lambda prompt: prompt.symbols)
    texts = [prompt.symbols for prompt in in_order]
    nodes = set()
    for one, other in pairwise(in_order):
        # Each prompt keeps a token of its own, which gives the logits after it.
        length = min(len(common_beginning(one.symbols, other.symbols)), len(one.symbols) - 1, len(other.symbols) - 1)
        nodes.add(one.symbols[: min(one.cut(length), other.cut(length))])
    depths: dict[Tokens, int] = {}
    for node in sorted(nodes, key=len):
        parent = longest_beginning(node, depths)
        begun = max(len(parent), known(node))
        if (_count_beginning_with(node, texts) - 1) * (len(node) - begun) >= WORTH_SHARING:
            depths[node] = depths.get(parent, -1) + 1
    return [
        [node for node, depth in depths.items() if depth == generation]
        for generation in range(max(depths.values(), default=-1) + 1)
    ]


def common_beginning(one: Tokens, other: Tokens) -> Tokens:
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return one[:place]
    return min(one, other, key=len)


def longest_beginning(text: Tokens, among: dict[Tokens, int]) -> Tokens:
    """The longest of `among` with which the text begins; empty if none."""
    return max((node for node in among if text[: len(node)] == node), key=len, default=())


def _count_beginning_with(node: Tokens, in_order: list[Tokens]) -> int:
    """By bisection: texts that begin alike stand together."""
    first = bisect_left(in_order, node)
    last = bisect_left(in_order, (*node, float("inf")))  # behind every text that begins with it
    return last - first
