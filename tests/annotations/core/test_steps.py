"""Chains come apart into steps by one rule, and always go together again."""

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.core.blocks import uncut_stretches
from annotations.core.steps import GIVEN_STEPS, SEGMENTATION_RULE, gaps, join_steps, split_steps, step_texts

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = Path(os.environ.get("SECOND_LOOK_SAMPLES") or ROOT.parent / "shared" / "data")

PIECES = [
    "Step 1:",
    "### Step 2:",
    "**Step 3:**",
    "\n",
    "\n\n",
    "\r\n",
    "1. ",
    "2. ",
    "- ",
    "A cat.",
    "so x = 3.5",
    " ",
    "$x. Y$",
    "$$\na\n\nb\n$$",
    r"\(a. B\)",
    r"\[ a. B \]",
    r"\begin{align}a\\ b\end{align}",
    "```\ncode. Here\n\nmore\n```",
    "`a. B`",
    "\n| a | b |\n|---|---|\n| 1. A | 2 |\n",
    r"\n",
    r"\nu",
    "首先。",
    "…",
    "e.g. ",
    "**Title**",
    "# Head",
    "\\boxed{3}",
    "---",
    "👨‍👩‍👧",
    "e\u0301",
    "مرحبا.",
    "$",
    "\\",
    "```",
    "\u2028",
    "\x85",
    "\x1c",
    "*",
    "#",
    "|",
]
chains = st.one_of(st.text(), st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join))
given_steps = st.lists(st.text(alphabet=st.characters(codec=None)) | st.sampled_from(PIECES), max_size=8)


def split(text: str) -> list[str]:
    return list(step_texts(text, split_steps(text)))


@given(chains)
def test_steps_and_gaps_give_the_source_text_back_code_point_for_code_point(text: str) -> None:
    ranges = split_steps(text)
    layout = gaps(text, ranges)
    woven = layout[0] + "".join(a + b for a, b in zip(step_texts(text, ranges), layout[1:], strict=True))
    assert woven == text


@given(chains)
def test_steps_stand_in_order_and_leave_only_layout_out(text: str) -> None:
    ranges = split_steps(text)
    assert all(step.start < step.end for step in ranges)
    assert all(earlier.end <= later.start for earlier, later in pairwise(ranges))
    assert all(not gap.replace(r"\n", "").strip() for gap in gaps(text, ranges))


@given(chains)
def test_no_step_begins_or_ends_inside_a_formula_a_table_or_code(text: str) -> None:
    inside = {position for start, end in uncut_stretches(text) for position in range(start + 1, end)}
    for earlier, later in pairwise(split_steps(text)):
        assert earlier.end not in inside
        assert later.start not in inside


@given(given_steps)
def test_given_steps_come_back_exactly_whatever_they_hold(texts: list[str]) -> None:
    source_text, ranges = join_steps(texts)
    assert list(step_texts(source_text, ranges)) == texts
    assert set(gaps(source_text, ranges)[1:-1]) <= {"\n\n"}


def test_given_steps_may_be_none_empty_or_hold_blank_lines() -> None:
    assert join_steps([]) == ("", ())
    source_text, ranges = join_steps(["", "a\n\nb", ""])
    assert source_text == "\n\na\n\nb\n\n"
    assert [(step.start, step.end) for step in ranges] == [(0, 0), (2, 6), (8, 8)]


def test_the_rule_has_a_version() -> None:
    assert (SEGMENTATION_RULE, GIVEN_STEPS) == ("second-look/1", "given/1")


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_nothing_to_read_is_no_step(text: str) -> None:
    assert split(text) == []


@pytest.mark.parametrize(
    "heading",
    ["Step {}:", "### Step {}:", "**Step {}:** ", "**Step {}**:", "STEP {}.", "Step {} (why):", "步骤{}：", "第{}步："],
)
def test_a_step_heading_begins_a_step_and_stays_in_it(heading: str) -> None:
    steps = [f"{heading.format(n)} text.\n\nMore. And more." for n in (1, 2, 3)]
    assert split("\n\n".join(steps)) == steps


def test_what_stands_before_the_first_heading_is_a_step() -> None:
    assert split("We count.\nStep 1: two.\nStep 2: three.") == ["We count.", "Step 1: two.", "Step 2: three."]


def test_step_headings_in_running_text_cut_after_a_stop() -> None:
    assert split("Step 1: a is 1. Step 2: b is 2. From Step 1: c.") == [
        "Step 1: a is 1.",
        "Step 2: b is 2. From Step 1: c.",
    ]


def test_a_sentence_that_mentions_a_step_is_no_heading() -> None:
    assert split("Step 1 gives 4.\n\nStep 2 gives 5.") == ["Step 1 gives 4.", "Step 2 gives 5."]
    assert split("Step 1 gives 4 and Step 2 gives 5.") == ["Step 1 gives 4 and Step 2 gives 5."]


def test_a_heading_with_nothing_beneath_begins_the_next_step() -> None:
    text = (
        "### Rationales:\nBecause.\n\n### Let's think step by step.\n### Step 1:\nA.\n\n"
        "### Step 2:\n\n### The final answer is: C"
    )
    assert split(text) == [
        "### Rationales:\nBecause.",
        "### Let's think step by step.\n### Step 1:\nA.",
        "### Step 2:",
        "### The final answer is: C",
    ]


def test_headings_cut_where_no_step_is_named_but_one_alone_is_the_title_of_what_follows() -> None:
    assert split("**Given**\n\nfoo\n\nbar\n\n## Then\nbaz") == ["**Given**\n\nfoo\n\nbar", "## Then\nbaz"]
    assert split("## Solution\n\nfoo\n\nbar") == ["## Solution\n\nfoo", "bar"]


def test_bold_lines_within_a_step_do_not_cut_but_the_answer_does() -> None:
    text = "**Step 1: Find**\n\n**Given:**\n\nfoo\n\n**Step 2: Do**\n\nbar\n\n**Answer:** C"
    assert split(text) == ["**Step 1: Find**\n\n**Given:**\n\nfoo", "**Step 2: Do**\n\nbar", "**Answer:** C"]


def test_a_numbered_list_is_cut_at_its_outermost_items() -> None:
    text = (
        "We look:\n1. First\n   - sub\n   1. inner\n2. **Second**:\n\n   text\n\nloose text\n\n3. Third\n\n"
        "So it is 4.\n\nThe end."
    )
    assert split(text) == [
        "We look:",
        "1. First\n   - sub\n   1. inner",
        "2. **Second**:\n\n   text\n\nloose text",
        "3. Third",
        "So it is 4.",
        "The end.",
    ]


@pytest.mark.parametrize("marker", ["{}. ", "{}) ", "({}) ", "**{}.** "])
def test_list_markers_stay_in_their_step(marker: str) -> None:
    items = [marker.format(n) + "item" for n in (1, 2)]
    assert split("\n".join(items)) == items


def test_lines_that_begin_with_other_numbers_are_no_list() -> None:
    assert split("3.5 is read.\n\n2020. It rose.\n\nSo 4.") == ["3.5 is read.", "2020. It rose.", "So 4."]


def test_a_bulleted_list_is_cut_where_no_numbers_are() -> None:
    assert split("- a\n  - b\n- c\n\nThus d.\n\nAnd e.") == ["- a\n  - b", "- c", "Thus d.", "And e."]


def test_a_paragraph_takes_its_formula_table_and_code_along() -> None:
    text = "We get:\n\nx\n\n$$y$$\n\nLook.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nRun.\n\n```\np\n\nq\n```\n\nDone."
    assert split(text) == [
        "We get:\n\nx\n\n$$y$$",
        "Look.\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "Run.\n\n```\np\n\nq\n```",
        "Done.",
    ]


def test_lines_are_steps_where_there_is_no_blank_line() -> None:
    assert split("2 - 0 = 2\n2 + 1 = 3\nso 3.") == ["2 - 0 = 2", "2 + 1 = 3", "so 3."]


def test_a_wrapped_line_is_not_cut() -> None:
    wrapped = "The bar for the year 2021 shows sixty-six thousand units and the\nbar for 2020 shows less."
    assert split(wrapped + "\nSo it rose.") == [wrapped, "So it rose."]


def test_tabmwps_two_characters_mean_a_line_break() -> None:
    assert split(r"There are 3 bags.\nEach costs 5.\nThe answer is 15.") == [
        "There are 3 bags.",
        "Each costs 5.",
        "The answer is 15.",
    ]


def test_commands_of_latex_and_formulas_are_no_line_break() -> None:
    assert split(r"So \nu \neq 3 and $\nabla\n x$.\nunder it: 5") == [r"So \nu \neq 3 and $\nabla\n x$.", "under it: 5"]
    assert split("A real break.\n" r"a\nb is one.") == ["A real break.", r"a\nb is one."]


def test_a_boxed_answer_is_a_step_and_does_not_choose_the_rule() -> None:
    assert split("Three dots. So (C).\n\n\\boxed{C}") == ["Three dots.", "So (C).", "\\boxed{C}"]
    assert split("One.\n\nTwo.\n\n$$\\boxed{2}$$") == ["One.", "Two.", "$$\\boxed{2}$$"]


def test_a_rule_goes_with_the_paragraph_before() -> None:
    assert split("---\nA.\n\n---\n\nB.") == ["---\nA.\n\n---", "B."]


@pytest.fixture(scope="module")
def sample_chains() -> list[str]:
    files = SAMPLES / "math_vision" / "model_cots.jsonl", SAMPLES / "mulberry" / "output_examples.jsonl"
    for file in files:
        if not file.exists():
            pytest.skip(f"the sample {file} is not on this machine; set SECOND_LOOK_SAMPLES to the samples' folder")
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    by_model = (value for row in rows for value in [row, *row.values()] if isinstance(value, dict))
    return [value["response"] for value in by_model if "response" in value]


def test_real_chains_come_back_whole_and_are_cut_by_their_headings(sample_chains: list[str]) -> None:
    assert len(sample_chains) > 120
    for chain in sample_chains:
        ranges = split_steps(chain)
        assert ranges
        assert not "".join(gaps(chain, ranges)).strip()
    mulberry = [chain for chain in sample_chains if "### Step 1" in chain]
    assert len(mulberry) > 10
    for chain in mulberry:
        steps = split(chain)
        assert sum("### Step " in step for step in steps) == chain.count("### Step ")
        assert any(step.startswith("### The final answer") for step in steps)
