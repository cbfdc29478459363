"""The only door through which submitted work leaves: a whole project, erased and logged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _

from annotations.core.ids import new_id
from annotations.models import Image, Project, Snapshot, SnapshotFile
from annotations.verbs.publish import index_key


@transaction.atomic
def erase_project(project: Project, by: Any, confirm_slug: str) -> None:
    """Everything of one project: rows in one transaction, files once it is committed. The log keeps who did it.

    Raises PermissionDenied for anyone but an instance admin (`by=None` is the shell), ValidationError for a wrong slug.
    """
    if by is not None and not (by.is_superuser and by.is_active):
        raise PermissionDenied(_("Only an instance admin may erase a project."))
    if confirm_slug != project.slug:
        raise ValidationError(
            _("Confirmation: expected %(slug)s, found %(confirm_slug)s. Nothing was erased.")
            % {"slug": project.slug, "confirm_slug": repr(confirm_slug)}
        )
    keys = _storage_keys(project)
    with connection.cursor() as cursor:
        # A deferred check that is still pending would fire after its rows are gone.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT erase_project(%s, %s, %s)", [project.pk, by.pk if by else None, new_id()])
    orphans = keys - _kept_by_others(keys)
    transaction.on_commit(lambda: _delete_files(sorted(orphans)))


def _storage_keys(project: Project) -> set[str]:
    images = Image.objects.filter(project=project).values_list("original_key", "rendition_key")
    files = SnapshotFile.objects.filter(snapshot__dataset__project=project).values_list("storage_key", flat=True)
    versions = Snapshot.objects.filter(dataset__project=project).values_list("dataset_id", "pk")
    indexes = {index_key(dataset, snapshot) for dataset, snapshot in versions.iterator()}
    return {key for pair in images.iterator() for key in pair} | set(files.iterator()) | indexes


def _kept_by_others(keys: set[str]) -> set[str]:
    """Files are stored by content: another project may hold the same image."""
    wanted = list(keys)
    kept = set(Image.objects.filter(original_key__in=wanted).values_list("original_key", flat=True))
    kept |= set(Image.objects.filter(rendition_key__in=wanted).values_list("rendition_key", flat=True))
    return kept | set(SnapshotFile.objects.filter(storage_key__in=wanted).values_list("storage_key", flat=True))


def _delete_files(keys: Iterable[str]) -> None:
    left = {}
    for key in keys:
        try:
            default_storage.delete(key)
        except OSError as problem:  # one file that will not go must not keep the others
            left[key] = problem
    if left:
        raise OSError(f"The project is erased, but {len(left)} of its files could not be deleted: {left}")
