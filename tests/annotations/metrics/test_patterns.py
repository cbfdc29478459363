"""VISCO's three patterns by hand."""

from __future__ import annotations

import pytest

from annotations.metrics import patterns
from annotations.metrics.visco import Pair
from tests.annotations.metrics.builders import critique


def test_recall_by_the_type_that_the_reference_names() -> None:
    reference = critique("iiii", types={1: ("perception/count",), 2: ("perception",), 3: ("reasoning/logic",)})
    sums = patterns.type_counts(
        [Pair(reference=reference, predicted=critique("icic"))], ["perception", "reasoning"]
    ).sums()
    assert patterns.recall_of("perception")(sums) == 0.5
    assert patterns.recall_of("reasoning")(sums) == 1
    assert patterns.recall_of(patterns.OTHER)(sums) == 0
    assert patterns.recall_gap("reasoning", "perception")(sums) == 0.5


def test_a_step_with_errors_of_two_types_counts_for_both() -> None:
    reference = critique("i", types={1: ("perception/count", "reasoning/logic")})
    sums = patterns.type_counts(
        [Pair(reference=reference, predicted=critique("i"))], ["perception", "reasoning"]
    ).sums()
    assert patterns.recall_of("perception")(sums) == patterns.recall_of("reasoning")(sums) == 1


def test_exaggerated_propagation() -> None:
    """Calls ciii: step 2 comes before a flag and is flagged, steps 3 and 4 after, both flagged. Calls cci: steps 2 and
    3 come before a flag, the last is flagged. So after: 2 of 2; before: 2 of 3 → lift 1.5.
    Reference: ciic and ccc: after 1 of 2, before 1 of 3 → lift 1.5; exaggeration 1.
    """
    pairs = [
        Pair(reference=critique("ciic"), predicted=critique("ciii")),
        Pair(reference=critique("ccc"), predicted=critique("cci")),
    ]
    sums = patterns.propagation_counts(pairs).sums()
    found = {name: float(formula(sums)) for name, formula in patterns.PROPAGATION.items()}
    assert found["lift"] == pytest.approx(1.5)
    assert found["reference_lift"] == pytest.approx(1.5)
    assert found["exaggeration"] == pytest.approx(1)
    assert found["false_flags_after_error"] == 1  # step 1.4 of one
    assert found["false_flags_before_error"] == pytest.approx(1 / 4)  # of 1.1, 2.1, 2.2, 2.3
