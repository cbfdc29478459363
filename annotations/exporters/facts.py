"""What exporters read off a chain and its critiques: prefixes, scores, agreement, outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotations.core.answers import check_answer
from annotations.core.critique_facts import visco_label
from annotations.core.rollout_facts import Tally
from annotations.core.schema import AnswerOutcome, Critique, Problem, Response, RolloutSet
from annotations.exporters.chat import solve_prompt, steps_of
from annotations.exporters.labels import answer_label, step_labels

RIGHT: Mapping[str | None, bool] = {"correct": True, "neutral": True, "incorrect": False}


def with_prefix(problem: Problem, steps: Sequence[str]) -> str:
    """The question, and the steps that were taken so far."""
    taken = "\n".join(f"Step {number}: {text}" for number, text in enumerate(steps, 1))
    return solve_prompt(problem) + (f"\n\n{taken}" if taken else "")


def prefix_of(response: Response, rollouts: RolloutSet) -> list[str]:
    """The steps that a set of rollouts continues, the last as its finding corrects it where it names one.

    Raises LookupError where that critique does not go out.
    """
    steps = list(steps_of(response)[: rollouts.after_step])
    if rollouts.critique is not None:
        critique = next((one for one in response.critiques if one.key == rollouts.critique), None)
        if critique is None:
            raise LookupError("rollouts behind a finding that does not go out")
        findings = [finding for judgment in critique.judgments for finding in judgment.findings]
        steps[-1] = findings[(rollouts.finding or 1) - 1].corrected_text or steps[-1]
    return steps


def tally_of(rollouts: RolloutSet) -> Tally:
    outcomes = [one.outcome for one in rollouts.rollouts]
    return Tally(outcomes.count("right"), outcomes.count("wrong"), outcomes.count("unparsed"))


def share_right(critique: Critique) -> float | None:
    """Of the answer and the steps that the critique decided, the share that it calls right; None where it did none."""
    said = [RIGHT.get(critique.answer.verdict), *(visco_label(judgment) for judgment in critique.judgments)]
    known = [one for one in said if one is not None]
    return sum(known) / len(known) if known else None


def chain_score(response: Response, options: Mapping[str, str]) -> float | None:
    """The same by the label: the share of answer and steps that are right; None where nobody judged it."""
    labels = [answer_label(response, options), *(step_labels(response, options) or [])]
    known = [label for label in labels if label is not None]
    return sum(known) / len(known) if known else None


def same_verdicts(one: Critique, other: Critique) -> float:
    """The share of answer and steps on which two critiques of a chain take the same stance."""
    pairs = [(RIGHT.get(one.answer.verdict), RIGHT.get(other.answer.verdict))]
    pairs += [
        (visco_label(mine), visco_label(theirs)) for mine, theirs in zip(one.judgments, other.judgments, strict=True)
    ]
    return sum(mine == theirs for mine, theirs in pairs) / len(pairs)


def outcome_of(problem: Problem, response: Response, options: Mapping[str, str]) -> AnswerOutcome:
    """Of the answer: by its label, else by the matcher against the reference answer."""
    label = answer_label(response, options)
    if label is not None:
        return "right" if label else "wrong"
    if problem.reference_answer is None:
        return "unparsed"
    return check_answer(response.answer, problem).outcome


def words_of(critique: Critique) -> list[str]:
    """Each finding's first explanation, and the comment, as lines."""
    lines = [
        f"Step {judgment.step}: {text}"
        for judgment in critique.judgments
        for finding in judgment.findings
        for text in finding.explanations[:1]
        if text.strip()
    ]
    return [*lines, *([critique.comment] if critique.comment.strip() else [])]
