"""Step scores by the skills that a step asks for (FLASK's idea, METHODS.md row 47).

The tags are the reference's. A step with several skills counts for each of them, so the skills' counts add up to more
than the steps: by exactly the number of tags beyond the first (`tags` − `tagged`), which a test holds.
"""

from __future__ import annotations

from collections.abc import Iterable

from annotations.core.critique_facts import is_flagged, visco_label
from annotations.core.schema import SKILLS
from annotations.metrics.bootstrap import Counts, Formula
from annotations.metrics.visco import Pair, f1

PARTS = ("given", "wrong", "flagged", "hits")


def counts(pairs: Iterable[Pair]) -> Counts:
    """Columns `SKILL.given`, `.wrong`, `.flagged`, `.hits` over scored steps; `tagged` steps and `tags`."""
    pairs = list(pairs)
    columns = [*(f"{skill}.{part}" for skill in SKILLS for part in PARTS), "tagged", "tags"]
    rows = []
    for pair in pairs:
        row = dict.fromkeys(columns, 0.0)
        for wanted, called in zip(pair.reference.judgments, pair.predicted.judgments, strict=True):
            label = visco_label(wanted)
            if label is None or called.state not in ("judged", "unparsed") or not wanted.skills:
                continue
            wrong, flagged = not label, is_flagged(called)
            row["tagged"] += 1
            for skill in wanted.skills:
                row["tags"] += 1
                for part, holds in zip(PARTS, (True, wrong, flagged, wrong and flagged), strict=True):
                    row[f"{skill}.{part}"] += holds
        rows.append(list(row.values()))
    return Counts.of(columns, rows, clusters=[pair.group or str(number) for number, pair in enumerate(pairs)])


def step_f1_of(skill: str) -> Formula:
    return lambda sums: f1(sums[f"{skill}.hits"], sums[f"{skill}.flagged"], sums[f"{skill}.wrong"])
