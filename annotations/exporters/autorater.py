"""Records of human judgments in one text-to-text form, for a foundational autorater (FLAMe, METHODS.md row 30).

One row a judgment of a person: `instruction` says what is asked, `context` what it is asked of, `completion` is the
judgment in a fixed form that `parsed` reads back. `prompt` is both together. A problem without a licence makes no row:
what an autorater learns from must say under which terms. Kinds: `step_verdict`, `answer_verdict`, `error_type`,
`critique_usefulness`, `critique_finding`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.critique_facts import stance
from annotations.core.schema import Author, Critique, Problem, Reaction, Response, UsefulnessRating
from annotations.exporters.base import Item, Option
from annotations.exporters.chat import critique_text, numbered, question_text, steps_of
from annotations.exporters.features import TEXT, WHOLE
from annotations.exporters.labels import people_of
from annotations.exporters.tables import Options, Skip, table_format

KINDS = ("step_verdict", "answer_verdict", "error_type", "critique_usefulness", "critique_finding")
INSTRUCTIONS = {
    "step_verdict": "Judge the last step of the solution: correct, incorrect, neutral or unsure.",
    "answer_verdict": "Judge the answer to the question: correct, incorrect, neutral or unsure.",
    "error_type": "The last step is wrong. Name the type of its error.",
    "critique_usefulness": "Does the critique help whoever corrects the solution: helped, no_difference or misled?",
    "critique_finding": "A reviewer reads one finding of a critique: do they agree, is it wrong, or already_said?",
}
_FORM = re.compile(r"Judgment: (\S+)\Z")


def rendered(judgment: str) -> str:
    return f"Judgment: {judgment}"


def parsed(completion: str) -> str:
    """The judgment of a completion. Raises ValueError for another form."""
    match = _FORM.search(completion)
    if match is None:
        raise ValueError(f"completion: expected 'Judgment: …', found {completion[:60]!r}")
    return match.group(1)


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    problem = item.problem
    if not problem.licence:
        skip("a problem without a licence")
        return
    for kind, context, judgment, author, response, step in _judgments(problem):
        if options["kind"] in ("all", kind):
            yield {
                "kind": kind,
                "instruction": INSTRUCTIONS[kind],
                "context": context,
                "prompt": f"{INSTRUCTIONS[kind]}\n\n{context}",
                "completion": rendered(judgment),
                "licence": problem.licence,
                "source_dataset": problem.source_dataset,
                "author": item.pseudonym(author),
                "response": response,
                "step": step,
            }


Told = tuple[str, str, str, Author, str, int | None]


def _judgments(problem: Problem) -> Iterator[Told]:
    held: dict[str, tuple[Response, Critique]] = {}
    for response in problem.responses:
        held.update({critique.key: (response, critique) for critique in response.critiques})
        for critique in people_of(response):
            yield from _of_critique(problem, response, critique)
    for reading in problem.readings:
        if reading.critique not in held:
            continue
        response, critique = held[reading.critique]
        context = f"{_chain(problem, response)}\n\nCritique:\n{critique_text(critique)}"
        if isinstance(reading, UsefulnessRating):
            yield "critique_usefulness", context, reading.rating, reading.by, response.key, None
        elif isinstance(reading, Reaction):
            findings = [finding for judgment in critique.judgments for finding in judgment.findings]
            said = " ".join(findings[reading.finding - 1].explanations[:1])
            yield "critique_finding", f"{context}\n\nFinding: {said}", reading.reaction, reading.by, response.key, None


def _of_critique(problem: Problem, response: Response, critique: Critique) -> Iterator[Told]:
    question, steps = question_text(problem), steps_of(response)
    if critique.answer.verdict:
        yield "answer_verdict", _chain(problem, response), critique.answer.verdict, critique.author, response.key, None
    for judgment in critique.judgments:
        taken = stance(judgment)
        shown = "\n".join(f"Step {number}: {text}" for number, text in enumerate(steps[: judgment.step], 1))
        context = f"Question: {question}\n\n{shown}"
        if taken:
            yield "step_verdict", context, taken, critique.author, response.key, judgment.step
        for finding in judgment.findings:
            if finding.error_type:
                yield "error_type", context, finding.error_type, critique.author, response.key, judgment.step


def _chain(problem: Problem, response: Response) -> str:
    return f"Question: {question_text(problem)}\n\n{numbered(response)}\n\nAnswer: {response.answer or '(none given)'}"


FORMAT = table_format(
    name="autorater",
    group="critic training",
    title="Autorater records",
    help="Every judgment by a person as instruction, context and judgment in text, each with its licence.",
    columns=lambda options: {
        **dict.fromkeys(("kind", "instruction", "context", "prompt", "completion", "licence", "source_dataset"), TEXT),
        "author": TEXT,
        "response": TEXT,
        "step": WHOLE,
    },
    rows=rows,
    counted=("kind",),
    options=(Option(name="kind", values=("all", *KINDS), help="Which judgments."),),
)
