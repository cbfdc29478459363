"""Step preference with a shared prefix: the step as people corrected it against the step as it was (row 19).

For each step with an error of its own and a corrected text: the steps before it stand in the prompt, the same for both.
A later finding of the same step makes a row of its own. Source: METHODS.md row 19 (MCTS-DPO's step preferences).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.critique_facts import is_flagged
from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, steps_of
from annotations.exporters.facts import with_prefix
from annotations.exporters.features import TEXT, WHOLE
from annotations.exporters.labels import LABELS, whole_label
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        label = whole_label(response, options)
        if label is None:
            skip(f"no {options['labels']} label")
            continue
        texts = steps_of(response)
        for judgment in label.judgments:
            if not is_flagged(judgment):
                continue
            text = texts[judgment.step - 1]
            corrected = {finding.corrected_text for finding in judgment.findings if finding.corrected_text}
            better = sorted(one for one in corrected if one.strip() and one.strip() != text.strip())
            if not better:
                skip("a flagged step without a corrected text")
            prompt = with_prefix(item.problem, texts[: judgment.step - 1])
            for one in better:
                yield {
                    **chat_row(
                        item,
                        options,
                        prompt,
                        chosen=f"Step {judgment.step}: {one}",
                        rejected=f"Step {judgment.step}: {text}",
                    ),
                    "response": response.key,
                    "step": judgment.step,
                }


FORMAT = table_format(
    name="step_dpo",
    group="preference",
    title="Preference: step against corrected step",
    help="For DPO: the corrected step is chosen, the wrong one rejected, behind the same steps before it.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "response": TEXT,
        "step": WHOLE,
    },
    rows=rows,
    options=(LABELS, IMAGE_OPTION),
)
