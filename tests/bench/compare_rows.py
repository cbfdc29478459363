"""Fill a project with many responses and critiques, for measuring the list of responses and the compare page.

    python -m tests.bench.compare_rows fill --responses 10000 --steps 12 --critiques 3 --differing 0.01
    python -m tests.bench.compare_rows time --user root

`fill` writes into the instance of $SECOND_LOOK_HOME (project `bench-compare`); `time` prints the least, the
median and the 95th percentile of each page in milliseconds, through the whole of Django but the network.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import statistics
import sys
import time
from typing import Any

SLUG = "bench-compare"
BATCH = 500


def fill(responses: int, steps: int, critiques: int, differing: float, seed: int) -> None:
    """`differing`: share of the responses on which one critic takes another stance on one step."""
    from django.db import transaction

    from annotations.core import schema
    from annotations.models import Problem, Project, Response, Segmentation, Step, TaxonomyVersion
    from annotations.verbs.copying import copy_in
    from annotations.verbs.store import CritiqueRows, Place, add_rows, author_for, insert
    from tests.builders import a_project

    if Project.objects.filter(slug=SLUG).exists():
        sys.exit(f"The project {SLUG} is there already; erase it first (manage.py erase_project {SLUG}).")
    project = a_project(SLUG, name="Bench: compare")
    taxonomy = TaxonomyVersion.objects.filter(project=project).values_list("pk", flat=True).first()
    authors = [
        author_for(project, schema.Author(kind="person" if number == 0 else "critic", name=f"author {number}"))
        for number in range(critiques)
    ]
    chance = random.Random(seed)
    text = [f"Step {number}: the bar reads {number * 7} thousand units." for number in range(1, steps + 1)]
    lengths = tuple(map(len, text))
    for begin in range(0, responses, BATCH):
        with transaction.atomic():
            rows = CritiqueRows()
            problems, chains, cuts, step_rows = [], [], [], []
            for number in range(begin, min(begin + BATCH, responses)):
                digest = hashlib.sha256(str(number).encode()).hexdigest()
                problem = Problem(
                    project=project, key=f"p{number}", question=f"How much is bar {number}?", content_hash=digest,
                    position=number + 1,
                )  # fmt: skip
                chain = Response(
                    project=project, problem=problem, key=f"r{number}", source_text="\n".join(text), answer="7",
                    generator="bench", content_hash=digest, step_count=steps, position=number + 1,
                )  # fmt: skip
                problems.append(problem)
                chains.append(chain)
                cuts.append(Segmentation(response=chain, number=1, rule="lines", step_count=steps))
                start = 0
                for index, length in enumerate(lengths, 1):
                    step_rows.append(
                        Step(response=chain, segmentation=1, number=index, step_count=steps, start=start,
                             end=start + length, length=length)
                    )  # fmt: skip
                    start += length + 1
                place = Place(
                    project_id=project.pk, problem_id=problem.pk, response_id=chain.pk, segmentation=1,
                    step_lengths=lengths, verdict_scale=project.verdict_scale, taxonomy_id=taxonomy,
                )  # fmt: skip
                wrong = chance.randrange(1, steps + 1)
                odd = chance.randrange(critiques) if chance.random() < differing else None
                for index, author in enumerate(authors):
                    at = wrong % steps + 1 if index == odd else wrong
                    add_rows(rows, _critique(schema, steps, at, "person" if index == 0 else "critic"), at=place,
                             author_id=author)  # fmt: skip
            for model, instances in ((Problem, problems), (Response, chains), (Segmentation, cuts), (Step, step_rows)):
                copy_in(model, instances)
            insert(rows)
        print(f"\r{begin + BATCH} of {responses} responses", end="", file=sys.stderr)  # noqa: T201


def _critique(schema: Any, steps: int, wrong: int, kind: Any) -> Any:
    found = schema.Finding(
        error_type="perception/chart_reading",
        explanations=("The bar reads something else.",),
        marks=(schema.Span(start=0, end=4),),
    )
    return schema.Critique(
        author=schema.Author(kind=kind, name="bench"),
        answer=schema.AnswerJudgment(verdict="incorrect", state="judged"),
        judgments=tuple(
            schema.Judgment(step=step, verdict="incorrect", own_error=True, findings=(found,))
            if step == wrong
            else schema.Judgment(step=step, verdict="correct")
            for step in range(1, steps + 1)
        ),
        stage="blind" if kind == "person" else "model",
    )


def measure(user: str, rounds: int) -> None:
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    from annotations.models import Response

    client = Client(headers={"host": "localhost"})
    client.force_login(get_user_model().objects.get(username=user))
    responses = reverse("responses", args=[SLUG])
    chains = Response.objects.filter(project__slug=SLUG)
    middle, last = chains[chains.count() // 2], chains.last()
    pages = {
        "list": responses,
        "list, last page": f"{responses}?page=100000",
        **{f"list, {each}": f"{responses}?agreement={each}" for each in ("differs", "agrees", "single", "none")},
        "list, by type": f"{responses}?type=perception",
        "compare": reverse("compare", args=[SLUG, middle.pk]),
        "next difference": reverse("compare_next", args=[SLUG, chains.first().pk]),
        "next difference, none left": reverse("compare_next", args=[SLUG, last.pk]),
        "next difference, far": reverse("compare_next", args=[SLUG, middle.pk]),
    }
    for name, url in pages.items():
        assert client.get(url).status_code in (200, 302), url
        times = []
        for _ in range(rounds):
            begin = time.perf_counter()
            client.get(url)
            times.append((time.perf_counter() - begin) * 1000)
        times.sort()
        print(  # noqa: T201
            f"{name:28} least {times[0]:7.1f} ms   median {statistics.median(times):7.1f} ms   "
            f"p95 {times[int(len(times) * 0.95)]:7.1f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fill", "time"])
    parser.add_argument("--responses", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--critiques", type=int, default=3)
    parser.add_argument("--differing", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--user", default="root")
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "critique_app.settings")
    import django

    django.setup()
    if given.what == "fill":
        fill(given.responses, given.steps, given.critiques, given.differing, given.seed)
    else:
        measure(given.user, given.rounds)


if __name__ == "__main__":
    main()
