"""A full disk: publishing into it fails with its own words, leaves nothing behind, and goes on by a retry."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from annotations.models import Snapshot, Work
from annotations.verbs import publish, work
from annotations.verbs.publish import Recipe
from tests.builders import a_critique, a_response, an_instance_admin
from tests.faults.processes import wait_until, workers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tiny_disk() -> Iterator[Path]:
    """The instance's media folder as a file system of 64 KiB; skips where this user may not mount one."""
    media = Path(settings.MEDIA_ROOT)
    media.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(media)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield media
    finally:
        subprocess.run(["umount", "--lazy", str(media)], check=True)


def test_a_disk_that_is_full_while_a_dataset_is_written(tiny_disk, tmp_path):
    response = a_response(3)
    a_critique(response, "incorrect")
    ballast = tiny_disk / "ballast"
    try:
        ballast.write_bytes(os.urandom(1 << 20))
    except OSError as full:
        assert full.errno == 28
    before = {path for path in tiny_disk.rglob("*") if path.is_file()}
    queued = publish.publish(response.project, Recipe(name="full", format="native"), by=an_instance_admin())
    with workers(tmp_path, "io", queues="io"):
        wait_until(lambda: Work.objects.get(pk=queued.pk).is_finished, "the end of the publication")
        failed = Work.objects.get(pk=queued.pk)
        assert failed.state == "failed"
        assert "No space left on device" in failed.error.partition("\n")[0]
        assert not Snapshot.objects.exists()
        assert {path for path in tiny_disk.rglob("*") if path.is_file()} == before
        ballast.unlink()
        work.retry(failed, by=None)
        wait_until(lambda: Work.objects.get(pk=queued.pk).is_finished, "the end of the retry")
    assert Work.objects.get(pk=queued.pk).state == "done"
    assert Snapshot.objects.count() == 1
