"""Sentences end where a reader would say so."""

from itertools import pairwise

import pytest

from annotations.core.sentences import sentence_ends


def sentences(text: str) -> list[str]:
    edges = [0, *sentence_ends(text, 0, len(text)), len(text)]
    return [text[start:end].strip() for start, end in pairwise(edges)]


@pytest.mark.parametrize(
    "sentence",
    [
        "It is 3.5 cm long.",
        "Some, e.g. The cat, are odd.",
        "See Fig. 2 and Eq. (3) on p. 4.",
        "Dr. J. R. Smith says so.",
        "Wait... is it so…",
        "It is so … or not?",
        "1. First we look.",
        "Why? he asked.",
        "A ratio of approx. 5 to 7.",
        "Values .5, .7 and 1.",
        "x = 5. y = 3.",
    ],
)
def test_these_are_one_sentence(sentence: str) -> None:
    assert sentences(sentence) == [sentence]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The answer is B.", "Then we stop."),
        ("It took 5 min.", "Then it stopped."),
        ("The answer is no.", "So it is B."),
        ("He said “no.”", "She left."),
        ("(We count.)", "Next."),
        ("**It is 3.**", "Next."),
        ("Really?!", "Yes."),
        ("It ends...", "But not yet."),
        ("It is 5.", "3 are left."),
        ("It is 5.", "$x$ is left."),
        ("यह पाँच है।", "यह छह है।"),
        ("هل هو ثلاثة؟", "نعم."),
    ],
)
def test_these_are_two_sentences(first: str, second: str) -> None:
    assert sentences(f"{first} {second}") == [first, second]


def test_cjk_stops_need_no_white_space_and_keep_their_closing_quotes() -> None:
    assert sentences("首先，底边是3.5。然后求高。“答案是5。”所以选B。") == [
        "首先，底边是3.5。",
        "然后求高。",
        "“答案是5。”",
        "所以选B。",
    ]
