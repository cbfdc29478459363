"""The taxonomy says which codes a finding may carry."""

import pytest

from annotations.core.codec import FieldError
from annotations.core.taxonomy import DEFAULT_TAXONOMY, Taxonomy, dump_taxonomy, parse_taxonomy


def test_the_default_has_thirteen_subtypes_and_three_plain_types() -> None:
    codes = DEFAULT_TAXONOMY.codes()
    assert codes[:2] == ("perception/existence", "perception/attribute")
    assert codes[-3:] == ("knowledge", "instruction", "format")
    assert len(codes) == 7 + 6 + 3


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("perception", "a subtype of perception .*perception/count.*no subtype"),
        ("perception/colour", "a subtype of perception .*an unknown subtype"),
        ("knowledge/history", "'knowledge' alone"),
        ("vision", "one of the project's error types .perception, reasoning, knowledge"),
        ("", "one of the project's error types"),
    ],
)
def test_a_code_that_does_not_fit_is_told_what_would(code: str, advice: str) -> None:
    error = DEFAULT_TAXONOMY.check(code, field="judgments.0.findings.1.error_type")
    assert not DEFAULT_TAXONOMY.known(code)
    assert error is not None
    assert error.field == "judgments.0.findings.1.error_type"
    with pytest.raises(FieldError, match=advice):
        raise error


def test_every_code_that_is_offered_is_accepted_and_has_words() -> None:
    for code in DEFAULT_TAXONOMY.codes():
        assert DEFAULT_TAXONOMY.check(code) is None
        assert DEFAULT_TAXONOMY.label(code) != code
    assert DEFAULT_TAXONOMY.label("perception/text_reading") == "Perception: text reading"
    assert DEFAULT_TAXONOMY.label("perception/of_an_older_version") == "perception/of_an_older_version"


def test_an_optional_subtype_leaves_the_type_alone_allowed() -> None:
    taxonomy = parse_taxonomy({"types": [{"code": "a", "label": "A", "subtypes": [{"code": "b", "label": "B"}]}]})
    assert taxonomy.codes() == ("a", "a/b")


def test_a_taxonomy_survives_json() -> None:
    assert parse_taxonomy(dump_taxonomy(DEFAULT_TAXONOMY)) == DEFAULT_TAXONOMY
    assert parse_taxonomy({"types": []}) == Taxonomy()


@pytest.mark.parametrize(
    ("types", "field"),
    [
        ([{"code": "A b", "label": "x"}], "types.0.code"),
        ([{"code": "a", "label": "x"}, {"code": "a", "label": "y"}], "types.1.code"),
        ([{"code": "a", "label": "x", "subtypes": [{"code": "b/c", "label": "y"}]}], "types.0.subtypes.0.code"),
        ([{"code": "a", "label": "x", "subtype_required": True}], "types.0.subtypes"),
        ([{"code": "a"}], "types.0.label"),
        ([{"code": "a", "label": "x", "colour": "red"}], "types.0.colour"),
    ],
)
def test_a_broken_taxonomy_names_the_field(types: list[dict[str, object]], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        parse_taxonomy({"types": types})
    assert refused.value.field == field
