"""`erase_project` is the only door: everything of one project, logged, and nothing of another's."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from annotations.models import Image, LogEntry, Project, Provenance, SnapshotFile
from annotations.verbs import erase, invite, review, rules, tokens
from annotations.verbs.corrections import Guidance
from annotations.verbs.store import set_reference
from tests.annotations.models.rows import a_full_critique
from tests.builders import (
    a_correction,
    a_critique,
    a_finding_check,
    a_person,
    a_response,
    a_snapshot,
    an_instance_admin,
    png,
)


def a_project_with_everything(slug: str, root: Any) -> Project:
    project = rules.create_project(slug, slug.capitalize(), by=root)
    person = a_person(role="annotator", project=project)
    response = a_response(["Read the 2020 bar.", "So it is 40.", "The answer is 40."], project=project)
    critique = a_full_critique(response)
    set_reference(critique, "gold")
    reviewer = a_person(role="reviewer", project=project)
    Provenance.objects.create(project=project, response=response, critique=critique, step=0, how="written")
    review.send_back(a_critique(response, by=person), "Look again.", by=reviewer)
    first = a_correction(response, guided_by=critique, guidance=Guidance(left_out=1), rejected=1)
    a_correction(first)
    a_finding_check(critique)
    a_snapshot(project, name=f"{slug}-set")
    invite.invite(project, f"{slug}@example.org", "annotator", by=root)
    tokens.create_token(person, ["pull"], [project])
    return project


def rows() -> dict[str, int]:
    """Rows of each of our tables but the log."""
    with connection.cursor() as cursor:
        counts = {}
        for model in [*apps.get_app_config("annotations").get_models(include_auto_created=True)]:
            if model is not LogEntry:
                cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
                counts[model._meta.db_table] = cursor.fetchone()[0]
    return counts


def test_a_whole_project_goes_and_another_stays(committed_db: None) -> None:
    root = an_instance_admin()
    kept = a_project_with_everything("kept", root)
    before = rows()
    gone = a_project_with_everything("gone", root)
    own_key = default_storage.save("renditions/own.png", ContentFile(png(colour="#123456")))
    Image.objects.create(
        project=gone, sha256="f" * 64, media_type="image/png", byte_size=1, width=1, height=1,
        original_key=own_key, rendition_key=own_key,
    )  # fmt: skip
    published = SnapshotFile.objects.get(snapshot__dataset__project=gone).storage_key
    shared = Image.objects.filter(project=kept).get().rendition_key

    erase.erase_project(gone, by=root, confirm_slug="gone")

    after = rows()
    people_and_tokens = {"annotations_token"}  # an account and its token outlive the project
    assert {table: n for table, n in after.items() if table not in people_and_tokens} == {
        table: n for table, n in before.items() if table not in people_and_tokens
    }
    assert not default_storage.exists(own_key)
    assert not default_storage.exists(published)
    assert default_storage.exists(shared)
    entry = LogEntry.objects.get(verb="erase_project")
    assert (entry.actor, entry.target, entry.project_id) == (root, "gone", gone.pk)
    assert LogEntry.objects.filter(project_id=gone.pk, verb="create_project").exists(), "the log outlives it"


@pytest.mark.django_db
def test_a_project_admin_may_not_and_a_wrong_name_erases_nothing() -> None:
    root = an_instance_admin()
    project = rules.create_project("charts", "Charts", by=root)
    with pytest.raises(PermissionDenied, match="instance admin"):
        erase.erase_project(project, by=a_person(role="admin", project=project), confirm_slug="charts")
    with pytest.raises(ValidationError, match="expected charts"):
        erase.erase_project(project, by=root, confirm_slug="Charts")
    assert Project.objects.filter(pk=project.pk).exists()


@pytest.mark.django_db
def test_the_shell_asks_for_yes() -> None:
    rules.create_project("charts", "Charts", by=None)
    with pytest.raises(CommandError, match="--yes"):
        call_command("erase_project", "charts")
    call_command("erase_project", "charts", "--yes", verbosity=0)
    assert not Project.objects.filter(slug="charts").exists()
    with pytest.raises(CommandError, match="no project charts"):
        call_command("erase_project", "charts", "--yes")
