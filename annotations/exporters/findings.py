"""One flat table of findings, one row each, for analysis: type, severity, words, marks, effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.schema import Region, Span
from annotations.exporters.base import Item
from annotations.exporters.chat import steps_of
from annotations.exporters.features import NUMBER, TEXT, WHOLE
from annotations.exporters.tables import Options, Skip, table_format

COLUMNS = {
    "problem": TEXT, "response": TEXT, "author": TEXT, "author_kind": TEXT, "run": TEXT, "step": WHOLE,
    "finding": WHOLE, "error_type": TEXT, "error_subtype": TEXT, "severity": TEXT, "explanations": [TEXT],
    "corrected_text": TEXT, "spans": [{"start": WHOLE, "end": WHOLE, "text": TEXT}],
    "regions": [{"image": WHOLE, "shape": TEXT, "points": [NUMBER]}],
}  # fmt: skip


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        texts = steps_of(response)
        for critique in response.critiques:
            number = 0
            for judgment in critique.judgments:
                text = texts[judgment.step - 1]
                for finding in judgment.findings:
                    number += 1
                    kind, _, subtype = (finding.error_type or "").partition("/")
                    spans = [mark for mark in finding.marks if isinstance(mark, Span)]
                    regions = [mark for mark in finding.marks if isinstance(mark, Region)]
                    yield {
                        "problem": item.problem.key,
                        "response": response.key,
                        "author": item.pseudonym(critique.author),
                        "author_kind": critique.author.kind,
                        "run": critique.run,
                        "step": judgment.step,
                        "finding": number,
                        "error_type": kind or None,
                        "error_subtype": subtype or None,
                        "severity": finding.severity,
                        "explanations": list(finding.explanations),
                        "corrected_text": finding.corrected_text,
                        "spans": [
                            {"start": one.start, "end": one.end, "text": text[one.start : one.end]} for one in spans
                        ],
                        "regions": [
                            {
                                "image": one.image,
                                "shape": one.shape,
                                "points": [value for point in one.points for value in point],
                            }
                            for one in regions
                        ],
                    }


FORMAT = table_format(
    name="findings",
    group="analysis",
    title="Table of findings",
    help="One row a finding, for analysis: where, what, how grave. People are pseudonyms.",
    columns=lambda options: COLUMNS,
    rows=rows,
)
