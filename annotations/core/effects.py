"""Corrections and what came of them: who guided whom, which explanation was shown, and whether the answer got better.

Source: VISCO's correction settings A, AS and ASE (METHODS.md 1.6), RealCritic's closed loop (row 25). VISCO picks one
of a finding's explanations at random without a seed; here the seed is recorded and gives the same choice again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from annotations.core.codec import FieldError
from annotations.core.schema import AnswerOutcome, Author, Critique, Effect, EffectKind, GuidanceSource, Response


def effect_of(before: AnswerOutcome, after: AnswerOutcome) -> EffectKind:
    """`fixed` (wrong, then right), `broke` (right, then wrong), `unchanged`, or `unparsed` where either is unknown."""
    if "unparsed" in (before, after):
        return "unparsed"
    if before == after:
        return "unchanged"
    return "fixed" if after == "right" else "broke"


def source_of(critic: Author | None, corrector: Author) -> GuidanceSource:
    """Whose critique guided: a person's, the corrector's own model's, another model's, or nobody's.

    Weights tell a model where both name them; else its name does.
    """
    if critic is None:
        return "none"
    if critic.kind == "person":
        return "human"
    return "self" if corrector.kind == "critic" and _model(critic, corrector) else "cross"


def _model(one: Author, other: Author) -> bool:
    weights = one.settings.get("weights"), other.settings.get("weights")
    return weights[0] == weights[1] if all(weights) else (one.engine, one.model) == (other.engine, other.model)


def finding_explanations(critique: Critique) -> list[tuple[str, ...]]:
    """The explanations of each finding, in the order in which findings are counted."""
    return [finding.explanations for judgment in critique.judgments for finding in judgment.findings]


def choose_explanations(
    explanations: Sequence[Sequence[str]], seed: int, *, left_out: int | None = None
) -> tuple[int, ...]:
    """For each finding the number of the explanation to show, from 1; 0 where there is none, or it is left out.

    left_out: a finding, from 1. Leaving one out does not change what is chosen of the others.
    """
    return tuple(
        0 if number == left_out or not alternatives else _drawn(seed, number, len(alternatives)) + 1
        for number, alternatives in enumerate(explanations, 1)
    )


def _drawn(seed: int, number: int, count: int) -> int:
    """Uniform to one part in 2**64, and the same in every version of Python."""
    digest = hashlib.sha256(f"{seed}/{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % count


def check_effect(effect: Effect, response: Response, finding_count: int | None) -> Iterator[FieldError]:
    """Whatever does not follow in a record, by its field. finding_count: of the critique that guided; None: of none."""
    if response.revises is None:
        yield FieldError("effect", "none, since the response revises nothing", "one")
    guided = response.guided_by is not None
    if (effect.level != "none") != guided:
        yield FieldError("effect.level", "A, AS or ASE" if guided else "none, since nothing guided", repr(effect.level))
    if (effect.source != "none") != guided:
        yield FieldError("effect.source", "a source" if guided else "none, since nothing guided", repr(effect.source))
    if effect.effect != effect_of(effect.before, effect.after):
        expected = f"{effect_of(effect.before, effect.after)}, from {effect.before} to {effect.after}"
        yield FieldError("effect.effect", expected, repr(effect.effect))
    count = (finding_count or 0) if effect.level == "ASE" else 0
    if len(effect.explanations) != count:
        yield FieldError("effect.explanations", f"{count} numbers, one a finding", f"{len(effect.explanations)}")
    if effect.left_out is not None and not (effect.level == "ASE" and effect.left_out <= count):
        yield FieldError("effect.left_out", f"none, or a finding from 1 to {count}", str(effect.left_out))
    elif effect.left_out is not None and len(effect.explanations) == count and effect.explanations[effect.left_out - 1]:
        yield FieldError("effect.explanations", f"0 for finding {effect.left_out}, which is left out", "another number")
