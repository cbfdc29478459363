"""The page of the mapping step, with plain forms."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotations.models import ImportMapping, Work
from tests.annotations.importers.test_label_studio import CONFIG, annotation, logic, part
from tests.annotations.verbs.test_import_mapping import export
from tests.builders import a_person, a_project

pytestmark = pytest.mark.django_db
EXPORT = export(annotation(logic(35, 48), part("choices", "c", "ok", choices=["no"])))


@pytest.fixture
def page(client: Client) -> Client:
    client.force_login(a_person("ada", role="admin", project=a_project("charts")))
    return client


def upload(page: Client, content: bytes = EXPORT, format: str = "label_studio") -> str:
    """The address of the mapping step to which the upload leads."""
    file = SimpleUploadedFile("export.json", content)
    answer = page.post(reverse("imports", args=["charts"]), {"file": file, "format": format, "on_error": "stop"})
    assert answer.status_code == 302
    return answer["Location"]


def chosen(page: Client, url: str, **changes: str) -> dict[str, str]:
    """What the form holds when it comes, with changes."""
    form = page.get(url).context["form"]
    rows = [*form.columns, *form.controls, *form.values, *form.people, form.splitters, form.unmarked]
    return {row.field: row.chosen for row in rows} | changes


def test_an_upload_leads_to_the_step_with_a_proposal_and_its_records(
    page: Client, django_assert_max_num_queries: Any
) -> None:
    url = upload(page)
    with django_assert_max_num_queries(14):
        answer = page.get(url)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "label_studio/7/3" in text  # after
    assert "was_cancelled" not in text
    assert "lead_time" not in text
    assert "ok=no" in text
    assert "image by path" in text  # what is dropped is told
    assert "waits for its mapping" in page.get(reverse("imports", args=["charts"])).content.decode()


def test_what_is_chosen_is_shown_and_imported(page: Client) -> None:
    url = upload(page)
    shown = page.post(url, chosen(page, url, do="show", splitter="whole/1"))
    assert shown.context["shown"][0][0].after.responses[0].segmentation == "whole/1"
    assert Work.objects.get().state == "paused"
    done = page.post(url, chosen(page, url, do="import", unmarked="correct"))
    assert done["Location"] == reverse("imports", args=["charts"])
    work = Work.objects.get()
    assert (work.state, work.parameters["mapping"]["unmarked"]) == ("queued", "correct")
    assert page.get(url).status_code == 404  # it has its mapping


def test_a_mapping_is_saved_and_used_for_the_next_file(page: Client) -> None:
    url = upload(page)
    page.post(url, chosen(page, url, do="save", name="ours", splitter="lines/1"))
    assert ImportMapping.objects.get().mapping["splitter"] == "lines/1"
    again = upload(page)
    assert page.post(again, {"do": "use", "saved": "ours"}).context["mapping"].splitter == "lines/1"


def test_a_labelling_config_helps_and_a_wrong_one_is_told(page: Client) -> None:
    url = upload(page)
    helped = page.post(url, {"do": "propose", "label_config": CONFIG})
    assert helped.context["mapping"].controls["step_1"] == "step_verdict:1"
    assert page.post(url, {"do": "propose", "label_config": "<View"}).status_code == 400


def test_what_does_not_fit_is_told_and_nothing_starts(page: Client) -> None:
    url = upload(page)
    refused = page.post(url, {**chosen(page, url), "column-0": "chain", "column-1": "chain", "do": "import"})
    assert refused.status_code == 400
    assert "another role" in refused.content.decode()
    assert Work.objects.get().state == "paused"


def test_the_step_belongs_to_its_project(page: Client) -> None:
    url = upload(page)
    page.force_login(a_person(role="admin", project=a_project("other")))
    assert page.get(url.replace("charts", "other")).status_code == 404
