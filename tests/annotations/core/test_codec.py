from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from annotations.core import codec
from tests.annotations.importers.builders import a_critique_record, a_problem_record, a_response_record

DOCUMENTED = Path(__file__).resolve().parents[3] / "docs" / "native.schema.json"


def test_the_documented_schema_is_the_one_of_the_dataclasses():
    assert json.loads(DOCUMENTED.read_text()) == codec.json_schema(), "run: manage.py native_schema"


def test_a_dumped_record_fits_the_schema():
    problem = a_problem_record("p", a_response_record(critiques=(a_critique_record(),)))
    jsonschema.Draft202012Validator(codec.json_schema()).validate(codec.dump(problem))
