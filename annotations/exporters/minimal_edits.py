"""Minimal-edit pairs: the whole chain, with only the flagged steps rewritten, within a bound of distance (row 52).

`distance` is the normalised Levenshtein distance of the two chains, 0 to 1; pairs above the bound are left out. `diff`
tells what changed, word by word, and touches flagged steps only. Source: SPaR (METHODS.md row 52).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rapidfuzz.distance import Levenshtein

from annotations.core.critique_facts import is_flagged
from annotations.core.schema import Critique
from annotations.core.word_diff import word_diff
from annotations.exporters.base import Item, Option
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, solve_prompt, steps_of
from annotations.exporters.features import NUMBER, TEXT
from annotations.exporters.labels import LABELS, whole_label
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    bound = int(options["distance"]) / 100
    for response in item.problem.responses:
        label = whole_label(response, options)
        if label is None:
            skip(f"no {options['labels']} label")
            continue
        texts = steps_of(response)
        better = _rewritten(texts, label)
        if better == list(texts):
            skip("no flagged step with a corrected text")
            continue
        before, after = "\n".join(texts), "\n".join(better)
        distance = Levenshtein.normalized_distance(before, after)
        if distance > bound:
            skip("a distance above the bound")
            continue
        yield {
            **chat_row(item, options, solve_prompt(item.problem), chosen=after, rejected=before),
            "distance": distance,
            "diff": [
                {"change": segment.change, "text": segment.text}
                for old, new in zip(texts, better, strict=True)
                if old != new
                for segment in word_diff(old, new)
            ],
            "response": response.key,
        }


def _rewritten(texts: tuple[str, ...], label: Critique) -> list[str]:
    """Each flagged step by the first corrected text that its findings give."""
    better = list(texts)
    for judgment in label.judgments:
        if is_flagged(judgment):
            given = (finding.corrected_text for finding in judgment.findings if finding.corrected_text)
            better[judgment.step - 1] = next(given, better[judgment.step - 1])
    return better


FORMAT = table_format(
    name="minimal_edits",
    group="preference",
    title="Preference: minimal edits",
    help="For DPO: the chain with only its flagged steps rewritten is chosen, the chain as it was rejected.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "distance": NUMBER,
        "diff": [{"change": TEXT, "text": TEXT}],
        "response": TEXT,
    },
    rows=rows,
    options=(
        LABELS,
        Option(name="distance", values=("30", "10", "50", "100"), help="At most this distance, in percent."),
        IMAGE_OPTION,
    ),
)
