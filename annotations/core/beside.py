"""Which findings of one step stand beside each other when a critic's are shown next to a person's.

A simple rule, for reading only; measuring agreement asks for more (a matcher of its own, with rulings):

1. Of all pairs of a finding of the one and a finding of the other, the best goes first; each finding is in one pair.
2. A pair is the better the more text their spans share (code points in both, over code points in either); next, if
   their error types are the same; next, if these agree in their first level.
3. With none of the three they are a pair only where each side has but one finding in the step.
"""

from __future__ import annotations

from collections.abc import Sequence

from annotations.core.schema import Finding, Span

Closeness = tuple[float, bool, bool]  # of the spans, of the types, of their first level


def beside(mine: Sequence[Finding], theirs: Sequence[Finding]) -> dict[int, int]:
    """Positions in `theirs` → positions in `mine`, for those that are pairs."""
    ranked = sorted(
        (
            (closeness, -own, -other)
            for own, one in enumerate(mine)
            for other, two in enumerate(theirs)
            if any(closeness := close(one, two))
        ),
        reverse=True,
    )
    if len(mine) == len(theirs) == 1:
        return {0: 0}
    found: dict[int, int] = {}
    for _, own, other in ranked:
        if -other not in found and -own not in found.values():
            found[-other] = -own
    return found


def close(one: Finding, other: Finding) -> Closeness:
    """How close two findings of one step are; all false where nothing says that they are the same."""
    marked, also = _marked(one), _marked(other)
    either = len(marked | also)
    same = one.error_type is not None and one.error_type == other.error_type
    return len(marked & also) / either if either else 0.0, same, _kind(one) is not None and _kind(one) == _kind(other)


def _marked(finding: Finding) -> set[int]:
    spans = [mark for mark in finding.marks if isinstance(mark, Span)]
    return {position for span in spans for position in range(span.start, span.end)}


def _kind(finding: Finding) -> str | None:
    return finding.error_type.partition("/")[0] if finding.error_type else None
