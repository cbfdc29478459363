"""VISCO's own scoring of answers and steps, as METHODS.md 1.4 and FORMATS.md tell it; not our metrics' code.

The positive class is "incorrect" (False). Counts are pooled over all answers and all steps. A verdict that is None is
no flag: it costs recall and nothing else.
"""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def answer_f1(test: list[Row], output: list[Row]) -> float:
    pairs = zip(test, output, strict=True)
    return _f1([(row["answer_correctness"], out["formatted"]["answer_correctness"]) for row, out in pairs])


def step_f1(test: list[Row], output: list[Row]) -> float:
    return _f1(
        [
            pair
            for row, out in zip(test, output, strict=True)
            for pair in zip(row["reasoning_correctness"], out["formatted"]["reasoning_correctness"], strict=True)
        ]
    )


def _f1(pairs: list[tuple[bool, bool | None]]) -> float:
    hits = sum(truth is False and said is False for truth, said in pairs)
    flagged = sum(said is False for _, said in pairs)
    wrong = sum(truth is False for truth, _ in pairs)
    return 200 * hits / (flagged + wrong) if hits else 0.0


def assert_readable(test: list[Row], output: list[Row]) -> None:
    """What VISCO's code takes for granted of both files."""
    assert len(test) == len(output)
    for row, out in zip(test, output, strict=True):
        steps = len(row["response"]["reasoning"])
        assert row["id"].startswith(("test1", "test2"))
        assert row["id"].startswith("test1") is (row["answer_correctness"] is False)
        assert len(row["reasoning_correctness"]) == len(row["reasoning_critic"]) == steps
        for correct, explanations in zip(row["reasoning_correctness"], row["reasoning_critic"], strict=True):
            assert len(explanations) == 3
            assert correct is False or explanations == ["", "", ""]
        assert len(out["formatted"]["reasoning_correctness"]) == len(out["formatted"]["reasoning_critic"]) == steps
