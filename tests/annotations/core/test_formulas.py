"""Formulas are found by their delimiters, and money is not a formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.core.blocks import formulas_outside_code, uncut_stretches
from annotations.core.formulas import find_formulas


def found(text: str) -> list[str]:
    return [text[formula.start : formula.end] for formula in find_formulas(text)]


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $7.",
        "from $5-$7",
        "5$ and 7$",
        "(5$) or (7$)",
        "5$, 7$",
        "$ 5, $ 7",
        "$ 5 + $ 7",
        "US$5 or A$7",
        "$5 each for me, or 7$",
        "$5的价格是7$",
        r"\$5 and \$7",
        "$x",
        "$$x",
        r"\(x",
        r"\[x",
        r"\begin{align}x",
        "$x\n\ny$",
        "$ $",
        "$$ $$",
        r"\(\)",
        r"a \\(x\\) b",
        "$ x$ and $y $",
    ],
)
def test_this_holds_no_formula(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("Let $x$ be $y+1$.", ["$x$", "$y+1$"]),
        ("$12$ units and $3x+2=5$", ["$12$", "$3x+2=5$"]),
        (r"2$\pi$ and $36 \pi-16 \pi$", [r"$\pi$", r"$36 \pi-16 \pi$"]),
        (r"$ \frac12 $ and $ x $", [r"$ \frac12 $", "$ x $"]),
        ("$5, then $x$", ["$x$"]),
        (r"\$5 and $x$", ["$x$"]),
        (r"$\$5 = x$", [r"$\$5 = x$"]),
        ("$$a$$ costs $5", ["$$a$$"]),
        ("$$x$$$y$", ["$$x$$", "$y$"]),
        ("$5 is $$x$$", ["$$x$$"]),
        ("\\(a\\) then \\[b\n\nc\\]", ["\\(a\\)", "\\[b\n\nc\\]"]),
        (r"\[a \\[2pt] b\]", [r"\[a \\[2pt] b\]"]),
        (r"\begin{a}x\begin{a}y\end{a}\end{a}!", [r"\begin{a}x\begin{a}y\end{a}\end{a}"]),
        (r"\begin{a}\begin{b}y\end{b}", [r"\begin{b}y\end{b}"]),
        (r"\(a $b$ c\)", [r"\(a $b$ c\)"]),
        ("价格$x$元", ["$x$"]),
    ],
)
def test_these_formulas_are_found(text: str, formulas: list[str]) -> None:
    assert found(text) == formulas


def test_a_formula_tells_its_latex_and_whether_it_is_displayed() -> None:
    inline, displayed, environment = find_formulas(r"$ x $ \[ y \] \begin{align*}z\end{align*}")
    assert (inline.latex, inline.display) == ("x", False)
    assert (displayed.latex, displayed.display) == ("y", True)
    assert (environment.latex, environment.display) == (r"\begin{align*}z\end{align*}", True)


def test_code_holds_no_formulas() -> None:
    text = '`$a$` and $b$\n```\n$c$\n```\n[asy]\nlabel("$d$");\n[/asy]'
    assert [formula.latex for formula in formulas_outside_code(text)] == ["b"]


def test_an_unclosed_fence_reaches_to_the_end() -> None:
    assert uncut_stretches("a\n~~~\nb\n\nc") == ((2, 10),)


def test_two_lines_with_pipes_are_no_table_but_a_rule_makes_one() -> None:
    assert uncut_stretches("|x| is 3\nso |y| is 4") == ()
    assert uncut_stretches("a | b\n--|--\n1 | 2\nend") == ((0, 17),)


@given(st.text(alphabet="$\\()[]{} \nabegin5x.`|-~", max_size=60))
def test_formulas_never_overlap_and_lie_in_the_text(text: str) -> None:
    position = 0
    for formula in find_formulas(text):
        assert position <= formula.start < formula.end <= len(text)
        assert formula.latex in text[formula.start : formula.end]
        position = formula.end
