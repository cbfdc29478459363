"""Text that the database cannot hold is found wherever it hides."""

from annotations.core.schema import Author, Critique, Evidence, Finding, Judgment, Problem
from annotations.core.storable import unstorable_text


def test_nul_and_lone_surrogates_are_found_at_any_depth_with_their_path() -> None:
    critique = Critique(
        author=Author(kind="critic", name="a\0", settings={"k\ud800": 1, "stop": ["x", "\udfff"]}),
        judgments=(Judgment(step=1, findings=(Finding(explanations=("fine", "no\0")),)),),
        evidence=(Evidence(kind="ocr", content={"lines": ["\0"]}),),
    )
    errors = list(unstorable_text(critique))
    assert [error.field for error in errors] == [
        "author.name",
        "author.settings.'k\\ud800'",
        "author.settings.stop.1",
        "judgments.0.findings.0.explanations.1",
        "evidence.0.content.lines.0",
    ]
    assert errors[0].found == "U+0000 at code point 1"
    assert errors[2].found == "U+DFFF at code point 0"


def test_emoji_and_controls_are_fine() -> None:
    assert list(unstorable_text(Problem(key="😀", question="\x01\x1f\uffff\U0010ffff"))) == []
    assert list(unstorable_text({"a": [1, None, True, 2.5, "b"]})) == []


def test_an_error_can_itself_be_stored() -> None:
    (error,) = unstorable_text({"k\ud800": 1})
    str(error).encode()
