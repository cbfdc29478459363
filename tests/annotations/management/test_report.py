"""`manage.py report`: the demo's figures, as words and as JSON."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from annotations.verbs.store import set_reference
from tests.builders import a_critique, a_person, a_problem, a_project, a_response


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command("report", *arguments, "--resamples", "200", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_words_and_json_say_the_same() -> None:
    project = a_project("charts")
    for verdicts in (("correct", "incorrect"), ("incorrect", "correct"), ("correct", "correct")):
        response = a_response(["One.", "Two."], problem=a_problem(project))
        set_reference(a_critique(response, *verdicts, by=a_person()), "gold")
        a_critique(response, "incorrect", "incorrect")
    found = json.loads(told("charts", "--json"))
    (name,) = found["critics"]
    figure = found["critics"][name]["figures"]["step_f1"]
    assert figure["value"] == pytest.approx(found["baselines"]["step_f1"]["flag everything"]["value"]) == 0.5
    assert f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]" in told("charts")
    assert found["counts"]["references"] == 3


@pytest.mark.django_db
def test_a_project_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandError, match="There is no project nowhere"):
        told("nowhere")
