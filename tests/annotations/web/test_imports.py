"""The import page: an upload is queued, followed, cancelled, reported."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from annotations.models import Project, Work
from annotations.verbs import work as work_verbs
from annotations.verbs.ingest import Recipe, run_import, start_import
from tests.annotations.importers.builders import a_problem_record, jsonl, native, output_record, visco_record
from tests.builders import a_person, a_project


@pytest.fixture
def project(db: None) -> Project:
    return a_project("charts")


@pytest.fixture
def page(project: Project, client: Any) -> Any:
    """A client of the project's admin."""
    client.force_login(a_person("ada", role="admin", project=project))
    return client


def url(name: str = "imports", *args: Any) -> str:
    return reverse(name, args=["charts", *args])


def upload(content: bytes, **fields: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("up.jsonl", content), "format": "native", "on_error": "stop", **fields}


def an_import(project: Project, content: bytes = b"{}\n", **fields: Any) -> Work:
    by = a_person(role="admin", project=project)
    return start_import(project, ContentFile(content, name="a.jsonl"), Recipe(format="native", **fields), by=by)


def test_an_upload_is_queued(page):
    response = page.post(url(), upload(native(a_problem_record())))
    assert response.status_code == 302
    work = Work.objects.get()
    assert (work.kind, work.queue, work.state, work.parameters["file_name"]) == ("import", "io", "queued", "up.jsonl")
    assert "up.jsonl" in page.get(url()).content.decode()


def test_a_critics_output_is_queued_with_it(page):
    output = SimpleUploadedFile("out.jsonl", jsonl(output_record()))
    page.post(url(), upload(jsonl(visco_record()), format="visco", critic_output=output, critic="GPT"))
    parameters = Work.objects.get().parameters
    assert parameters["critic"] == "GPT"
    assert "critic_output" in parameters


@pytest.mark.parametrize("fields", [{"format": "excel"}, {"critic": "GPT"}, {"on_error": "guess"}, {"file": ""}])
def test_what_cannot_be_imported_is_told_beside_its_field(page, fields):
    response = page.post(url(), upload(b"{}") | fields)
    assert response.status_code == 400
    assert 'class="error"' in response.content.decode()
    assert not Work.objects.exists()


def test_htmx_gets_the_list_alone_and_goes_on_asking_while_an_import_is_under_way(page, project):
    work = an_import(project)
    html = page.get(url(), headers={"HX-Request": "true"}).content.decode()
    assert '<form method="post" enctype' not in html
    assert 'hx-trigger="every 2s"' in html
    Work.objects.filter(pk=work.pk).update(state="cancelled")
    assert "hx-trigger" not in page.get(url(), headers={"HX-Request": "true"}).content.decode()


def test_an_import_that_waits_long_asks_for_a_worker(page, project):
    work = an_import(project)
    assert "is a worker running" not in page.get(url()).content.decode()
    Work.objects.filter(pk=work.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    assert "is a worker running" in page.get(url()).content.decode()
    other = work_verbs.enqueue("publish", queue="io", project=project)
    Work.objects.filter(pk=other.pk).update(state="running", lease_expires_at=timezone.now())
    assert "is a worker running" not in page.get(url()).content.decode()


def test_a_queued_import_is_cancelled_by_its_button(page, project):
    work = an_import(project)
    assert url("cancel_import", work.pk) in page.get(url()).content.decode()
    page.post(url("cancel_import", work.pk))
    work.refresh_from_db()
    assert work.state == "cancelled"


def test_an_import_of_another_project_is_not_found(page):
    work = an_import(a_project("other"))
    assert page.post(url("cancel_import", work.pk)).status_code == 404
    assert page.get(url("import_report", work.pk)).status_code == 404


def test_the_list_costs_the_same_number_of_queries_however_long_it_is(page, project, django_assert_max_num_queries):
    for _ in range(25):
        an_import(project)
    with django_assert_max_num_queries(12):
        html = page.get(url()).content.decode()
    assert "Page 1 of 2" in html


@pytest.mark.usefixtures("committed_db")
def test_the_report_of_the_bad_records_can_be_downloaded(client):
    project = a_project("charts")
    client.force_login(a_person("ada", role="admin", project=project))
    work = an_import(project, jsonl("{"), on_error="skip")
    assert client.get(url("import_report", work.pk)).status_code == 404
    (claimed,), token = work_verbs.claim("io", owner="test")
    run_import(claimed, token)
    assert url("import_report", work.pk) in client.get(url()).content.decode()
    report = client.get(url("import_report", work.pk))
    assert report["Content-Type"] == "text/csv"
    assert "attachment" in report["Content-Disposition"]
    assert b"one JSON object on one line" in b"".join(report.streaming_content)


def test_what_a_file_says_is_escaped_on_the_page(page, project):
    work = an_import(project)
    error = {"line": 1, "field": "<b>", "expected": "x", "found": "<script>"}
    Work.objects.filter(pk=work.pk).update(state="failed", result={"errors": [error]})
    html = page.get(url()).content.decode()
    assert "<script>" not in html.replace("<script src", "")
    assert "&lt;script&gt;" in html
