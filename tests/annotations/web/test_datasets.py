from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Project, Work
from annotations.verbs import tokens, work
from tests.builders import a_critic, a_critique, a_person, a_project, a_response, a_snapshot, an_instance_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return a_project("here")


def logged_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def an_admin(project: Project) -> Client:
    return logged_in(a_person(role="admin", project=project))


FORM = {"name": "set", "format": "native", "people": "on", "stage": "any"}


def test_an_admin_publishes_by_the_form(project: Project) -> None:
    response = a_response(1, project=project)
    a_critique(response, author=a_critic("one"))
    a_critique(response, author=a_critic("two"))
    chosen = FORM | {"critics": ["two"], "stage": "blind", "native-images": "by_hash", "description": "For a start."}
    answer = an_admin(project).post("/p/here/datasets/new", chosen)
    assert (answer.status_code, answer["Location"]) == (302, "/p/here/datasets")
    job = Work.objects.get()
    assert (job.kind, job.queue, job.state, job.total) == ("publish", "io", "queued", 1)
    assert job.parameters["filter"] == {"people": True, "critics": ["two"], "stage": "blind"}
    assert job.parameters["options"] == {"images": "by_hash"}


def test_every_critic_chosen_means_also_those_to_come(project: Project) -> None:
    a_critique(a_response(1, project=project), author=a_critic("one"))
    an_admin(project).post("/p/here/datasets/new", FORM | {"critics": ["one"]})
    assert Work.objects.get().parameters["filter"]["critics"] is None


def test_options_of_a_format_that_was_not_chosen_are_of_no_account(project: Project) -> None:
    """Without JavaScript the form sends those of every format."""
    a_response(1, project=project)
    chosen = FORM | {"format": "visco", "native-images": "by_hash", "visco-labels": "people"}
    an_admin(project).post("/p/here/datasets/new", chosen)
    assert Work.objects.get().parameters["options"] == {"labels": "people"}


def test_a_hidden_option_that_the_browser_did_not_send_is_the_default(project: Project) -> None:
    a_response(1, project=project)
    an_admin(project).post("/p/here/datasets/new", FORM)
    assert Work.objects.get().parameters["options"] == {"images": "inside"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "a set"}, "Enter a valid"),
        ({"name": ""}, "This field is required"),
        ({"format": "csv"}, "Select a valid choice"),
        ({"name": "taken"}, "taken is taken on this instance"),
    ],
)
def test_what_does_not_fit_is_told_beside_the_form(project: Project, wrong: dict[str, str], message: str) -> None:
    a_response(1, project=project)
    a_snapshot(a_project(), name="taken")
    answer = an_admin(project).post("/p/here/datasets/new", FORM | wrong)
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert not Work.objects.exists()


def test_an_empty_project_is_told_to_import_first(project: Project) -> None:
    answer = an_admin(project).post("/p/here/datasets/new", FORM)
    assert "has no problems yet. Import some" in answer.content.decode()


def test_only_an_admin_has_the_form(project: Project) -> None:
    for role, expected in (("admin", 1), ("reviewer", 0), ("trainer", 0)):
        someone = logged_in(a_person(role=role, project=project))
        assert someone.get("/p/here/datasets").content.decode().count("Build a dataset") == expected
        assert someone.get("/p/here/datasets/new").status_code == (200 if expected else 403)


def test_the_list_takes_a_fixed_number_of_queries(project: Project, django_assert_num_queries: Any) -> None:
    for name in ("one", "two", "three"):
        for _ in range(3):
            a_snapshot(project, name=name)
    trainer = logged_in(a_person(role="trainer", project=project))
    # session, person, project, role, publications, how many datasets, datasets, their versions
    with django_assert_num_queries(8):
        page = trainer.get("/p/here/datasets").content.decode()
    assert page.count("/p/here/datasets/three/") == 3


def test_the_partial_takes_a_fixed_number_of_queries(project: Project, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        work.enqueue("publish", queue="io", project=project, total=5)
    trainer = logged_in(a_person(role="trainer", project=project))
    with django_assert_num_queries(5):
        partial = trainer.get(reverse("publications", args=["here"])).content.decode()
    assert 'hx-trigger="every 1s"' in partial
    assert "Cancel" not in partial


def test_the_partial_stops_asking_when_nothing_is_under_way(project: Project) -> None:
    Work.objects.create(
        project=project, kind="publish", queue="io", state="done", result={"dataset": "set", "version": 2, "rows": 1}
    )
    partial = an_admin(project).get(reverse("publications", args=["here"])).content.decode()
    assert "hx-trigger" not in partial
    assert "/p/here/datasets/set/2" in partial and "1 row\n" in partial


def test_an_admin_cancels_a_publication(project: Project) -> None:
    job = work.enqueue("publish", queue="io", project=project, total=5)
    admin = an_admin(project)
    assert "Cancel" in admin.get("/p/here/datasets").content.decode()
    answer = admin.post(reverse("cancel_publication", args=["here", job.pk]))
    job.refresh_from_db()
    assert (answer.status_code, job.state) == (302, "cancelled")


def test_work_of_another_kind_or_project_is_not_cancelled_here(project: Project) -> None:
    admin = an_admin(project)
    of_another_kind = work.enqueue("import", queue="io", project=project)
    of_another_project = work.enqueue("publish", queue="io", project=a_project())
    for other in (of_another_kind, of_another_project):
        assert admin.post(reverse("cancel_publication", args=["here", other.pk])).status_code == 404


def test_a_version_tells_how_to_pull_it(project: Project, django_assert_num_queries: Any) -> None:
    a_snapshot(project, name="set")
    trainer = logged_in(a_person(role="trainer", project=project))
    with django_assert_num_queries(6):  # session, person, project, role, snapshot, files
        page = trainer.get("/p/here/datasets/set/1").content.decode()
    assert "http://testserver/api/v1/datasets/set/versions/1/rows.jsonl" in page
    assert "load_dataset" in page


def test_a_version_of_another_project_is_not_there(project: Project) -> None:
    a_snapshot(a_project("elsewhere"), name="set")
    trainer = logged_in(a_person(role="trainer", project=project))
    assert trainer.get("/p/here/datasets/set/1").status_code == 404


def test_an_instance_admin_publishes_the_next_version_in_djangos_admin(project: Project) -> None:
    a_response(1, project=project)
    dataset = a_snapshot(project, name="set").dataset
    dataset.options, dataset.filter = {"images": "by_hash"}, {"people": False}
    dataset.save()
    chosen = {"action": "publish_new_version", "_selected_action": [str(dataset.pk)]}
    root = logged_in(an_instance_admin())
    answer = root.post(reverse("admin:annotations_dataset_changelist"), chosen, follow=True)
    assert "the next version is queued" in answer.content.decode()
    job = Work.objects.get()
    assert job.parameters["options"] == {"images": "by_hash"}
    assert job.parameters["filter"] == {"people": False, "critics": None, "stage": "any"}


def test_an_api_caller_publishes_with_the_scope_push(project: Project) -> None:
    a_response(1, project=project)
    admin = a_person(role="admin", project=project)
    secret = {scope: tokens.create_token(admin, [scope])[1] for scope in ("push", "pull")}

    def post(scope: str, **recipe: Any) -> Any:
        asked = {"name": "set", "format": "native", **recipe}
        bearer = {"Authorization": f"Bearer {secret[scope]}"}
        return Client().post("/api/v1/projects/here/datasets/", asked, "application/json", headers=bearer)

    assert post("pull").status_code == 403
    wrong = post("push", filter={"critics": ["lazy"]})
    assert (wrong.status_code, "found lazy" in wrong.content.decode()) == (400, True)
    queued = post("push", options={"images": "by_hash"})
    assert (queued.status_code, queued.json()) == (202, {"work": str(Work.objects.get().pk), "state": "queued"})


def test_the_builder_shows_counts_and_rows_of_what_is_chosen_before_anything_is_published(project: Project) -> None:
    for name in ("one", "two"):
        a_critique(a_response(2, project=project), author=a_critic(name))
    admin = an_admin(project)
    asked = {"format": "judgments", "people": "on", "critics": ["one"], "judgments-split": "all_train"}
    partial = admin.get("/p/here/datasets/preview", asked).content.decode()
    assert "2 from the first 2 problems" in partial and "step_text" in partial
    missing = admin.get("/p/here/datasets/preview", asked | {"format": "prm"}).content.decode()
    assert "2 skipped: no reference label" in missing
    wrong = admin.get("/p/here/datasets/preview", asked | {"format": "csv"}).content.decode()
    assert "Select a valid choice" in wrong
    plain = admin.post("/p/here/datasets/new", asked | {"name": "set", "preview": "1"})
    assert (plain.status_code, "step_text" in plain.content.decode()) == (200, True)
    assert not Work.objects.exists()


def test_the_next_version_begins_with_the_recipe_of_the_last(project: Project) -> None:
    a_critique(a_response(1, project=project), author=a_critic("one"))
    dataset = a_snapshot(project, name="set").dataset
    dataset.options, dataset.filter = {"images": "by_hash"}, {"people": False, "agreement": "differs"}
    dataset.save()
    form = an_admin(project).get("/p/here/datasets/new?from=set").context["form"]
    assert (form["name"].value(), form["native-images"].value()) == ("set", "by_hash")
    assert (form["people"].value(), form["agreement"].value(), form["critics"].value()) == (False, "differs", ["one"])


def test_the_page_of_changes_shows_both_sides_of_a_row(project: Project) -> None:
    trainer = logged_in(a_person(role="trainer", project=project))
    for _ in range(2):
        a_snapshot(project, name="set")
    page = trainer.get("/p/here/datasets/set/2/changes").content.decode()
    assert "published before rows were indexed" in page
    assert trainer.get("/p/here/datasets/set/1/changes").status_code == 404
