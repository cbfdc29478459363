"""One record, one key: what comes in twice is known by its content."""

import hashlib
import json

from annotations.core.content import critique_key
from annotations.core.schema import Author, Critique, Judgment


def a_critique(**judgment: object) -> Critique:
    return Critique(
        author=Author(kind="critic", name="c"), judgments=(Judgment(step=1, verdict="correct", **judgment),)
    )  # type: ignore[arg-type]


def test_a_critique_without_a_key_is_named_by_what_it_says_of_which_response() -> None:
    key = critique_key(a_critique(), "r1")
    assert key == critique_key(a_critique(), "r1")
    assert len({key, critique_key(a_critique(skills=("ocr",)), "r1"), critique_key(a_critique(), "r2")}) == 3


def test_fields_that_say_nothing_are_no_part_of_its_name() -> None:
    """So a field that the schema gains later leaves the names of what came in before as they were."""
    said = ["r1", {"author": {"kind": "critic", "name": "c"}, "judgments": [{"step": 1, "verdict": "correct"}]}]
    digest = hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
    assert critique_key(a_critique(), "r1") == f"content:{digest[:32]}"
