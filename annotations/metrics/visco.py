"""VISCO's scores: F1 of flagged answers, flagged steps and accepted explanations, and VISCore.

The positive class is "incorrect" throughout, micro-averaged over all answers or all steps. Values are fractions from 0
to 1 (the paper shows them × 100). Source: VISCO, and its scorer as read in METHODS.md 1.4.

What its scorer leaves to accident is settled here:

- a step without a reference label leaves the score;
- an `unparsed` judgment counts as not flagged, so it costs recall; an `abstained` or `unlabelled` one leaves the score;
- F1 is None where nothing is wrong in the reference (there is nothing to find), 0 where nothing was found;
- an explanation that nobody ruled on is unruled: the acceptance rate is that of the ruled ones, its coverage beside it.

`as_released=True` follows the scorer instead where it gives a number: no judgment of any kind leaves the score, F1 is 0
where nothing was hit, and an explanation that the judge did not rule on counts as accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotations.core.critique_facts import is_flagged, visco_label
from annotations.core.schema import AnswerJudgment, Critique, Judgment
from annotations.metrics.bootstrap import Counts, Floats, Formula, Sums, ratio

Rulings = Mapping[int, Sequence[bool | None]]  # step → one ruling a reference explanation; None where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A critique beside the reference of the same response. `group` is what belongs together: the problem's key."""

    reference: Critique
    predicted: Critique
    group: str = ""
    superskill: str = ""
    skill: str = ""
    rulings: Rulings = field(default_factory=dict)


COLUMNS = (
    "answers", "answers_wrong", "answers_flagged", "answer_hits", "answers_given",
    "steps", "steps_wrong", "steps_flagged", "step_hits", "steps_given",
    "ruled_hits", "accepted", "steps_of_wrong", "wrong_steps_of_wrong",
)  # fmt: skip


def counts(pairs: Iterable[Pair], *, as_released: bool = False) -> Counts:
    """One row a pair, clustered by its `group` (each its own where none is given)."""
    pairs = list(pairs)
    rows = [_row(pair, as_released) for pair in pairs]
    return Counts.of(COLUMNS, rows, clusters=[pair.group or str(number) for number, pair in enumerate(pairs)])


def _row(pair: Pair, as_released: bool) -> list[float]:
    answer_is_wrong = _answer_label(pair.reference.answer)
    answer = [0.0] * 5
    if answer_is_wrong is not None:
        call = _answer_call(pair.predicted.answer, as_released)
        answer = [1.0, answer_is_wrong, call, answer_is_wrong and call, 1.0] if call is not None else [1.0, 0, 0, 0, 0]
    steps, of_wrong = [0.0] * 5, [0.0, 0.0]
    hits: list[int] = []
    for judgment, wanted in zip(pair.predicted.judgments, pair.reference.judgments, strict=True):
        label = _label(wanted)
        if label is None:
            continue
        steps[0] += 1
        call = _call(judgment, as_released)
        if call is None:
            continue
        steps[1] += label
        steps[2] += call
        steps[4] += 1
        if label and call:
            hits.append(judgment.step)
        if answer_is_wrong:
            of_wrong[0] += 1
            of_wrong[1] += label
    steps[3] = float(len(hits))
    shares = [share for step in hits if (share := _accepted(pair.rulings.get(step, ()), as_released)) is not None]
    return [*answer, *steps, len(shares), sum(shares), *of_wrong]


def _label(judgment: Judgment) -> bool | None:
    """Whether the reference holds the step to be wrong."""
    label = visco_label(judgment)
    return None if label is None else not label


def _call(judgment: Judgment, as_released: bool) -> bool | None:
    """Whether the step is flagged; None where the judgment leaves the score."""
    if judgment.state in ("judged", "unparsed") or as_released:
        return is_flagged(judgment)
    return None


def _answer_label(answer: AnswerJudgment) -> bool | None:
    return None if answer.verdict not in ("correct", "incorrect") else answer.verdict == "incorrect"


def _answer_call(answer: AnswerJudgment, as_released: bool) -> bool | None:
    if answer.state in ("judged", "unparsed") or as_released:
        return answer.verdict == "incorrect"
    return None


def _accepted(rulings: Sequence[bool | None], as_released: bool) -> float | None:
    """The share of references by which an explanation was accepted: 0, ⅓, ⅔ or 1 of three; None where unruled."""
    ruled = [True if ruling is None else ruling for ruling in rulings] if as_released else rulings
    known = [ruling for ruling in ruled if ruling is not None]
    return sum(known) / len(known) if known else None


def f1(hits: Floats, flagged: Floats, wrong: Floats) -> Floats:
    """2 hits / (flagged + wrong), the harmonic mean of precision and recall; NaN where nothing is wrong."""
    return np.where(np.asarray(wrong) == 0, np.nan, ratio(2 * hits, flagged + wrong))


def answer_f1(sums: Sums) -> Floats:
    return f1(sums["answer_hits"], sums["answers_flagged"], sums["answers_wrong"])


def step_f1(sums: Sums) -> Floats:
    return f1(sums["step_hits"], sums["steps_flagged"], sums["steps_wrong"])


def acceptance(sums: Sums) -> Floats:
    """The share of explanations accepted among ruled ones of steps that both call wrong: 78.8 % for people (VISCO)."""
    return ratio(sums["accepted"], sums["ruled_hits"])


def explanation_f1(sums: Sums) -> Floats:
    """Step F1 × acceptance: never above Step F1. 0 without a hit; NaN where no hit was ruled on."""
    rate = np.where(sums["step_hits"] == 0, 0.0, acceptance(sums))
    return f1(sums["step_hits"] * rate, sums["steps_flagged"], sums["steps_wrong"])


def viscore(sums: Sums) -> Floats:
    """The geometric mean of the three F1s."""
    return np.cbrt(answer_f1(sums) * step_f1(sums) * explanation_f1(sums))


def flag_rate(sums: Sums) -> Floats:
    """The share of answers and steps called wrong (VISCO's %Incorrect)."""
    return ratio(sums["answers_flagged"] + sums["steps_flagged"], sums["answers_given"] + sums["steps_given"])


def reference_rate(sums: Sums) -> Floats:
    """The same of the reference, over what is in the critique's score."""
    return ratio(sums["answers_wrong"] + sums["steps_wrong"], sums["answers_given"] + sums["steps_given"])


FORMULAS: Mapping[str, Formula] = {
    "answer_f1": answer_f1,
    "answer_precision": lambda sums: ratio(sums["answer_hits"], sums["answers_flagged"]),
    "answer_recall": lambda sums: ratio(sums["answer_hits"], sums["answers_wrong"]),
    "step_f1": step_f1,
    "step_precision": lambda sums: ratio(sums["step_hits"], sums["steps_flagged"]),
    "step_recall": lambda sums: ratio(sums["step_hits"], sums["steps_wrong"]),
    "explanation_f1": explanation_f1,
    "viscore": viscore,
    "acceptance": acceptance,
    "flag_rate": flag_rate,
    "reference_rate": reference_rate,
    "answer_coverage": lambda sums: ratio(sums["answers_given"], sums["answers"]),
    "step_coverage": lambda sums: ratio(sums["steps_given"], sums["steps"]),
    "ruling_coverage": lambda sums: ratio(sums["ruled_hits"], sums["step_hits"]),
}

_F1S = ("answer_f1", "step_f1", "explanation_f1")


def released(formula: Formula) -> Formula:
    """The formula as VISCO's scorer has it: 0 where nothing was hit."""
    return lambda sums: np.nan_to_num(formula(sums), nan=0.0)


def formulas(*, as_released: bool = False) -> dict[str, Formula]:
    """FORMULAS; `as_released` with 0 for an F1 that is undefined, and VISCore from those."""
    if not as_released:
        return dict(FORMULAS)
    changed = {name: released(FORMULAS[name]) for name in _F1S}
    return {
        **FORMULAS,
        **changed,
        "viscore": lambda sums: np.cbrt(np.prod([formula(sums) for formula in changed.values()], axis=0)),
    }
