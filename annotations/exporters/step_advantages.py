"""Per-step advantages from rollouts: what each step did to the chance of coming out right (METHODS.md row 55).

One row a chain and generator of rollouts: `values` of the prefixes of 0 to N steps, `advantages` of the N steps,
`rollouts` read behind each prefix, and the labels beside them. Wrong chains are kept: their good steps are what makes
them useful. A prefix without rollouts has the value null, and so have the advantages on both sides of it; never zero.
Over known steps they telescope: they add up to the last value minus the first.
Source: RL on Incorrect Synthetic Data (METHODS.md row 55).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.rollout_facts import Tally, advantages
from annotations.core.schema import Response
from annotations.exporters.base import Item
from annotations.exporters.chat import solve_prompt, steps_of
from annotations.exporters.facts import tally_of
from annotations.exporters.features import FLAG, NUMBER, TEXT, WHOLE
from annotations.exporters.labels import LABELS, NEUTRAL, answer_label, step_labels
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        labels = step_labels(response, options)
        by_generator = _tallies(response)
        if labels is None and not by_generator:
            skip(f"neither rollouts nor a {options['labels']} label")
            continue
        steps = steps_of(response)
        for generator, tallies in (by_generator or {None: {}}).items():
            held = [tallies.get(place) for place in range(len(steps) + 1)]
            yield {
                "prompt": solve_prompt(item.problem),
                "completions": list(steps),
                "advantages": list(advantages(tallies, len(steps))),
                "values": [tally.success if tally else None for tally in held],
                "rollouts": [tally.read if tally else 0 for tally in held],
                "labels": labels or [None] * len(steps),
                "answer_right": answer_label(response, options),
                "rollouts_by": generator,
                "generator": response.generator,
                "checkpoint": response.checkpoint,
                "problem": item.problem.key,
                "response": response.key,
            }


def _tallies(response: Response) -> dict[str | None, dict[int, Tally]]:
    """By generator and length of prefix; prefixes that end with a corrected text are other chains."""
    found: dict[str | None, dict[int, Tally]] = defaultdict(dict)
    for rollouts in response.rollout_sets:
        if rollouts.critique is None:
            held = found[rollouts.generator.name]
            held[rollouts.after_step] = held.get(rollouts.after_step, Tally(0, 0)) + tally_of(rollouts)
    return dict(found)


FORMAT = table_format(
    name="step_advantages",
    group="process reward",
    title="Advantages per step from rollouts",
    help="What each step did to the chance of coming out right, by rollouts; null where there are none.",
    columns=lambda options: {
        "prompt": TEXT,
        "completions": [TEXT],
        "advantages": [NUMBER],
        "values": [NUMBER],
        "rollouts": [WHOLE],
        "labels": [FLAG],
        "answer_right": FLAG,
        "rollouts_by": TEXT,
        "generator": TEXT,
        "checkpoint": TEXT,
        "problem": TEXT,
        "response": TEXT,
    },
    rows=rows,
    options=(LABELS, NEUTRAL),
)
