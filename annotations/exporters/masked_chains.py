"""Chains with words masked by a seed, beside the chains as they are: input and target (Masked Thought, row 50).

Each word of the chain is masked with the chosen probability, by a hash of seed, chain and place: the same seed gives
the same masks for ever, whatever else is published. The question and the target are never masked. Only chains whose
answer is right, since they are to be learnt. The trick belongs into a trainer's own code; this copy is for those whose
trainer has none. Source: Masked Thought (METHODS.md row 50).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from annotations.exporters.base import Item, Option
from annotations.exporters.chat import IMAGE_OPTION, chain_text, chat_columns, chat_row, solve_prompt
from annotations.exporters.features import NUMBER, TEXT, WHOLE
from annotations.exporters.labels import LABELS, answer_label
from annotations.exporters.tables import Options, Skip, table_format

MASK = "[MASK]"
_WORD = re.compile(r"\S+")


def masked(text: str, *, seed: str, name: str, ratio: float) -> tuple[str, list[int]]:
    """The text with words replaced by MASK, and their places among its words, from 0."""
    places: list[int] = []
    parts: list[str] = []
    end = 0
    for place, word in enumerate(_WORD.finditer(text)):
        digest = hashlib.sha256(f"mask/{seed}/{name}/{place}".encode()).digest()
        if int.from_bytes(digest[:8]) / 2**64 < ratio:
            parts += [text[end : word.start()], MASK]
            places.append(place)
            end = word.end()
    return "".join([*parts, text[end:]]), places


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    ratio = int(options["ratio"]) / 100
    for response in item.problem.responses:
        if not answer_label(response, options):
            skip("a chain whose answer is not judged right")
            continue
        target = chain_text(response)
        text, places = masked(target, seed=options["seed"], name=response.key, ratio=ratio)
        yield {
            **chat_row(item, options, solve_prompt(item.problem), masked=text, completion=target),
            "masked_words": places,
            "ratio": ratio,
            "seed": int(options["seed"]),
            "response": response.key,
        }


FORMAT = table_format(
    name="masked_chains",
    group="self-correction",
    title="Masked chains",
    help="Right chains with words masked by a seed, beside the chains as they are.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "masked", "completion"),
        "masked_words": [WHOLE],
        "ratio": NUMBER,
        "seed": WHOLE,
        "response": TEXT,
    },
    rows=rows,
    options=(
        LABELS,
        Option(name="ratio", values=("20", "10", "40"), help="Share of words that are masked, in percent."),
        Option(name="seed", values=("0", "1", "2", "3", "4"), help="Another seed, other masks."),
        IMAGE_OPTION,
    ),
)
