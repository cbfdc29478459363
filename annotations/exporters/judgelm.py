"""JudgeLM's shape: two answers to one question, a score for each from 1 to 10, and the judge's text.

Two chains of a problem that both have a label. A score is 1 + 9 × the share of answer and steps that are right; `text`
is what a judge is trained to write: both scores on the first line, then why. `reference` is the reference answer, for
reference support; with `order` both, each pair goes out swapped too (swap augmentation against position bias).
Source: JudgeLM (METHODS.md row 57), field names as in its files (FORMATS.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from annotations.core.schema import Response
from annotations.exporters.base import Item, Option
from annotations.exporters.chat import chain_text, question_text
from annotations.exporters.facts import chain_score, words_of
from annotations.exporters.features import FLAG, NUMBER, TEXT
from annotations.exporters.labels import LABELS, NEUTRAL, whole_label
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    scored = [
        (response, round(1 + 9 * score, 1))
        for response in item.problem.responses
        if (score := chain_score(response, options)) is not None
    ]
    if len(scored) < 2:
        skip("a problem with fewer than two judged chains")
    for first, second in combinations(scored, 2):
        for swapped in (False, True)[: 2 if options["order"] == "both" else 1]:
            (one, high), (other, low) = (second, first) if swapped else (first, second)
            yield {
                "question_id": f"{item.problem.key}/{one.key}/{other.key}",
                "question_body": question_text(item.problem),
                "answer1_body": chain_text(one),
                "answer2_body": chain_text(other),
                "answer1_model_id": one.generator,
                "answer2_model_id": other.generator,
                "score": [high, low],
                "text": f"{high:g} {low:g}\n{_why(one, other, options)}",
                "reference": item.problem.reference_answer,
                "swapped": swapped,
            }


def _why(one: Response, other: Response, options: Options) -> str:
    told = []
    for number, response in enumerate((one, other), 1):
        label = whole_label(response, options)
        words = words_of(label) if label else []
        told.append(f"Answer {number}: " + (" ".join(words) or "no step is wrong."))
    return "\n".join(told)


FORMAT = table_format(
    name="judgelm",
    group="critic training",
    title="JudgeLM",
    help="Two chains of a problem with a score for each and the reasons, in JudgeLM's fields.",
    columns=lambda options: {
        **dict.fromkeys(("question_id", "question_body", "answer1_body", "answer2_body"), TEXT),
        **dict.fromkeys(("answer1_model_id", "answer2_model_id"), TEXT),
        "score": [NUMBER],
        "text": TEXT,
        "reference": TEXT,
        "swapped": FLAG,
    },
    rows=rows,
    options=(
        LABELS,
        NEUTRAL,
        Option(name="order", values=("as_is", "both"), help="Each pair once, or in both orders."),
    ),
)
