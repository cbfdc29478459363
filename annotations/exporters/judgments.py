"""One flat table of judgments, one row a step and author, for analysis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.critique_facts import first_error, is_flagged
from annotations.exporters.base import Item
from annotations.exporters.chat import steps_of
from annotations.exporters.features import FLAG, NUMBER, TEXT, WHOLE
from annotations.exporters.tables import Options, Skip, table_format

COLUMNS = {
    "problem": TEXT, "source_dataset": TEXT, "superskill": TEXT, "skill": TEXT, "response": TEXT,
    "generator": TEXT, "checkpoint": TEXT, "author": TEXT, "author_kind": TEXT, "method": TEXT, "model": TEXT,
    "run": TEXT, "sample": WHOLE, "stage": TEXT, "revision": WHOLE, "reference": TEXT, "step": WHOLE,
    "step_text": TEXT, "verdict": TEXT, "state": TEXT, "flagged": FLAG, "first_error": FLAG,
    "own_error": FLAG, "inherits_from": [WHOLE], "origin_unknown": FLAG, "confidence": NUMBER, "reason": TEXT,
    "skills": [TEXT], "steps_seen": WHOLE, "active_seconds": NUMBER, "findings": WHOLE,
    "answer_verdict": TEXT,
}  # fmt: skip


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    problem = item.problem
    for response in problem.responses:
        texts = steps_of(response)
        for critique in response.critiques:
            first = first_error(critique).step
            for judgment in critique.judgments:
                yield {
                    "problem": problem.key,
                    "source_dataset": problem.source_dataset,
                    "superskill": problem.superskill,
                    "skill": problem.skill,
                    "response": response.key,
                    "generator": response.generator,
                    "checkpoint": response.checkpoint,
                    "author": item.pseudonym(critique.author),
                    "author_kind": critique.author.kind,
                    "method": critique.author.method,
                    "model": critique.author.model,
                    "run": critique.run,
                    "sample": critique.sample,
                    "stage": critique.stage,
                    "revision": critique.revision,
                    "reference": critique.reference,
                    "step": judgment.step,
                    "step_text": texts[judgment.step - 1],
                    "verdict": judgment.verdict,
                    "state": judgment.state,
                    "flagged": is_flagged(judgment),
                    "first_error": judgment.step == first,
                    "own_error": judgment.own_error,
                    "inherits_from": list(judgment.inherits_from),
                    "origin_unknown": judgment.origin_unknown,
                    "confidence": judgment.confidence,
                    "reason": judgment.reason,
                    "skills": list(judgment.skills),
                    "steps_seen": judgment.steps_seen,
                    "active_seconds": judgment.active_seconds,
                    "findings": len(judgment.findings),
                    "answer_verdict": critique.answer.verdict,
                }


FORMAT = table_format(
    name="judgments",
    group="analysis",
    title="Table of judgments",
    help="One row a step and author, for analysis. People are pseudonyms.",
    columns=lambda options: COLUMNS,
    rows=rows,
)
