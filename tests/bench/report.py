"""The report over many judgments: seconds and peak memory to make it, seconds to give it again, and each page's time.

    python -m tests.bench.report fill      # 8,400 responses × 4 steps × 3 critiques: 100,800 judgments
    python -m tests.bench.report time

Both work in the instance of $SECOND_LOOK_HOME. `fill` makes the project `bench-compare` (compare_rows.py) and holds
each person's critique to be the reference; an earlier one of that name has to be erased first.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import time

from tests.bench import compare_rows

RESPONSES, STEPS, CRITIQUES, DIFFERING = 8_400, 4, 3, 0.3
TIMES = 5  # of each page


def fill() -> None:
    from annotations.models import Critique, Reference

    compare_rows.fill(RESPONSES, STEPS, CRITIQUES, DIFFERING, seed=0)
    gold = Critique.objects.filter(project__slug=compare_rows.SLUG, author__kind="person")
    rows = [
        Reference(response_id=response, critique_id=critique, version=1, kind="gold")
        for critique, response in gold.values_list("pk", "response_id")
    ]
    Reference.objects.bulk_create(rows, batch_size=2000)
    sys.stdout.write(f"{len(rows)} references\n")


def timed() -> None:
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    from annotations.models import Judgment, Project, ReportCache
    from annotations.verbs.insights import project_report
    from annotations.web.insight_pages import PAGES

    settings.ALLOWED_HOSTS = ["testserver"]
    project = Project.objects.get(slug=compare_rows.SLUG)
    judgments = Judgment.objects.filter(critique__project=project).count()
    ReportCache.objects.filter(project=project).delete()
    before = _peak()
    cold = _seconds(lambda: project_report(project))
    warm = _seconds(lambda: project_report(project))
    sys.stdout.write(
        f"{judgments:,} judgments: {cold:.1f} s to make, {_peak() - before:.0f} MB more at the peak; "
        f"{1000 * warm:.0f} ms to give it again\n"
    )
    client = Client()
    client.force_login(get_user_model().objects.filter(is_superuser=True)[0])
    for slug in PAGES:
        url = reverse("insights_section", args=[project.slug, slug])
        taken = [_seconds(lambda url=url: client.get(url)) for _ in range(TIMES)]  # type: ignore[misc]
        sys.stdout.write(f"{slug}: median {1000 * statistics.median(taken):.0f} ms, most {1000 * max(taken):.0f} ms\n")


def _seconds(call: object) -> float:
    began = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - began


def _peak() -> float:
    """Resident megabytes at the most so far, of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "critique_app.settings")
    django.setup()
    {"fill": fill, "time": timed}[sys.argv[1]]()


if __name__ == "__main__":
    main()
