"""Formulas become MathML that cannot hurt; what cannot be rendered stays text."""

import json
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.core.formulas import find_formulas
from annotations.core.maths import LONGEST_FORMULA, MathNode, atoms, segments, snap_to_maths, to_mathml
from annotations.core.schema import Span

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = Path(os.environ.get("SECOND_LOOK_SAMPLES") or ROOT.parent / "shared" / "data")


def nodes(node: MathNode) -> Iterator[MathNode]:
    yield node
    for child in node.children:
        yield from nodes(child)


def text_of(latex: str) -> str:
    math = to_mathml(latex)
    assert math is not None
    return "".join(node.text for node in nodes(math))


def test_a_formula_becomes_a_tree_with_its_signs() -> None:
    math = to_mathml(r"\frac{1}{2} \leq x^2")
    assert math is not None
    assert math.tag == "math"
    assert [node.tag for node in nodes(math)].count("mfrac") == 1
    assert text_of(r"\frac{1}{2} \leq x^2") == "12≤x2"
    assert dict(to_mathml("x", display=True).attributes) == {"display": "block"}  # type: ignore[union-attr]


def test_a_text_is_runs_and_formulas_without_gaps() -> None:
    text = r"So $x$ is \(y\), 😀 for $5."
    assert [(part.start, part.end, part.math is not None) for part in segments(text)] == [
        (0, 3, False),
        (3, 6, True),
        (6, 10, False),
        (10, 15, True),
        (15, len(text), False),
    ]
    assert atoms(text) == ((3, 6), (10, 15))
    assert segments("") == ()


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(//evil)}{x}",
        r"\class{run}{x}",
        r"\hspace{9999em} x",
        r"\rule{500em}{500em}",
        r"\newcommand{\a}{xx} \a",
        r"\def\a{\a\a} \a",
        r"\color{red;background:url(x)} x",
        r"\frac{1}",
        r"\left( x",
        "{" * 900,
        "x+" * LONGEST_FORMULA,
    ],
)
def test_what_is_unsafe_broken_or_too_long_stays_text(latex: str) -> None:
    assert to_mathml(latex) is None
    assert [part.math for part in segments(f"\\({latex}\\)")] == [None]


@pytest.mark.parametrize("latex", [r"\text{<img src=x onerror=alert(1)>}", r"\text{&lt;script&gt;}", "<script>"])
def test_markup_in_a_formula_is_only_ever_text(latex: str) -> None:
    math = to_mathml(latex)
    assert math is not None
    assert {node.tag for node in nodes(math)} <= {"math", "mrow", "mtext", "mo", "mi"}


def test_a_formula_that_fails_takes_no_other_down() -> None:
    assert [part.math is not None for part in segments(r"$\frac{1}$ and $x$")] == [False, True]


def test_a_span_that_touches_a_formula_takes_it_whole() -> None:
    assert snap_to_maths("a $x+1$ b", Span(start=0, end=4)) == Span(start=0, end=7)
    assert snap_to_maths(r"a $\frac{1}$ b", Span(start=0, end=4)) == Span(start=0, end=4)


COMMANDS = (
    st.sampled_from(
        [
            r"\frac ",
            r"\sqrt ",
            r"\left(",
            r"\right)",
            r"\text{",
            r"\begin{matrix}",
            r"\end{matrix}",
            "&",
            r"\\",
            "^",
            "_",
        ]
    )
    | st.sampled_from(
        [
            "{",
            "}",
            "[",
            "]",
            "x",
            "1",
            "<",
            ">",
            '"',
            "&lt;",
            r"\color{red}",
            r"\href",
            r"\style",
            r"\class",
            r"\hbox{$",
        ]
    )
    | st.sampled_from(
        [
            r"\over ",
            r"\binom ",
            r"\overset ",
            r"\sum ",
            r"\limits ",
            r"\not ",
            r"\mathrm ",
            r"\tag{",
            r"\bra{",
            r"\genfrac ",
        ]
    )
)


@given(st.lists(COMMANDS | st.text(max_size=3), max_size=25).map("".join))
@settings(max_examples=300)
def test_rendering_never_fails_and_makes_only_mathml(latex: str) -> None:
    math = to_mathml(latex)
    for node in nodes(math) if math else ():
        assert node.tag.startswith("m") or node.tag == "none"
        assert not {"href", "style", "class", "id", "actiontype"} & {name for name, _ in node.attributes}


@given(st.text(alphabet="$\\()[]{}^_ \nabx5.`😀e\u0301", max_size=50))
def test_segments_cover_any_text(text: str) -> None:
    parts = segments(text)
    assert "".join(text[part.start : part.end] for part in parts) == text
    assert all(earlier.end == later.start for earlier, later in pairwise(parts))


def test_every_formula_of_real_chains_is_rendered() -> None:
    file = SAMPLES / "math_vision" / "model_cots.jsonl"
    if not file.exists():
        pytest.skip(f"the sample {file} is not on this machine; set SECOND_LOOK_SAMPLES to the samples' folder")
    chains = [json.loads(line)["response"] for line in file.read_text(encoding="utf-8").splitlines()]
    formulas = [formula for chain in chains for formula in find_formulas(chain)]
    assert len(formulas) > 450
    assert [formula.latex for formula in formulas if to_mathml(formula.latex) is None] == []
