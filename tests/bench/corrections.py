"""Corrections and rollouts of the demo's responses by the built-in model: effects, tokens, seconds, and one example.

    python -m tests.bench.corrections [--responses 10] [--methods revise rollout] [--levels none ASE] [--tokens 96]

Runs on an instance of its own, which is removed afterwards. Guided by the demo's references, written by people.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Any

from tests.cluster import make_test_instance, remove_instance


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=10)
    parser.add_argument("--methods", nargs="+", default=["revise", "critique_loop", "rewind", "rollout"])
    parser.add_argument("--levels", nargs="+", default=["none", "A", "AS", "ASE"])
    parser.add_argument("--tokens", type=int, default=160, help="Most tokens of a new chain.")
    asked = parser.parse_args()
    home = make_test_instance()
    os.environ |= {"SECOND_LOOK_HOME": str(home), "DJANGO_SETTINGS_MODULE": "critique_app.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    from tests.builders import an_instance_admin

    try:
        call_command("setup_database", verbosity=0)
        an_instance_admin("root")
        call_command("load_demo", admin="root")
        measure(asked)
    finally:
        remove_instance(home)


def measure(asked: argparse.Namespace) -> None:
    """`revise` on all the responses, the costlier ones on a third of them."""
    few = max(1, asked.responses // 3)
    runs: dict[str, tuple[int, dict[str, Any], dict[str, Any]]] = {
        "revise": (asked.responses, {"levels": asked.levels}, {"most_tokens": asked.tokens}),
        "critique_loop": (
            few,
            {},
            {"rounds": 1, "most_tokens": asked.tokens, "critic_settings": {"tokens_per_step": 64}},
        ),
        "rewind": (few, {"levels": ["ASE"]}, {"tries": 2, "rewinds": 1, "most_steps": 4, "tokens_per_step": 64}),
        "rollout": (few, {"where": "findings"}, {"rollouts": 4, "most_tokens": asked.tokens}),
    }
    for method in asked.methods:
        count, parameters, settings = runs[method]
        run(method, count, parameters, **settings)
    example()


def run(method: str, count: int, parameters: dict[str, Any], **settings: Any) -> None:
    from django.conf import settings as installed

    from annotations.models import Effect, FindingCheck, Project, Response, RolloutSet
    from workers import correcting, runs
    from workers.batch import Claims
    from workers.drain import Drain
    from workers.engine_room import EngineRoom
    from workers.progress import failures, progress

    project = Project.objects.get(slug="demo")
    chosen = Response.objects.filter(project=project, revises=None)
    chosen = chosen.filter(pk__in=list(chosen.values_list("pk", flat=True)[:count]))
    asked = {**parameters, "guided_by": "reference"}
    started = correcting.start(project, chosen, method=method, settings=settings, parameters=asked, seed=1, nudge=False)
    began, used = time.perf_counter(), time.process_time()
    room = EngineRoom(installed.MODELS_FOLDER)
    claims = Claims(queue=runs.QUEUE, owner="bench", lease_seconds=60, group=started.pk)
    Drain(claims, room, look_seconds=1).drain()
    room.close()
    told = progress(started)
    say(
        f"\n{method}: {told.done} jobs done, {told.failed} failed, {told.unparsed} with a part that did not parse; "
        f"{told.tokens_in:,} tokens read, {told.tokens_out:,} written; {time.perf_counter() - began:.0f} s "
        f"({time.process_time() - used:.0f} s of CPU)"
    )
    for group in failures(started):
        say(f"  {group.count} x {group.cause}")
    effects = Effect.objects.filter(run=started.pk)
    for level in ("none", "A", "AS", "ASE"):
        if found := effects.filter(level=level):
            kinds = {kind: sum(effect.effect == kind for effect in found) for kind in ("fixed", "unchanged", "broke")}
            before = sum(effect.before == "right" for effect in found)
            say(f"  {level}: {len(found)} corrections, {before} right before: {kinds}, the rest unparsed")
    if rejected := sum(effect.rejected_count for effect in effects):
        say(f"  {rejected} drafts of steps rejected and kept")
    for found in RolloutSet.objects.filter(run=started.pk):
        where = f"after step {found.after_step}" + (" as corrected" if found.finding else "")
        say(f"  {found.response.key} {where}: {found.right} right, {found.wrong} wrong, {found.unparsed} unparsed")
    for check in FindingCheck.objects.filter(before__run=started.pk):
        say(f"  check: step {check.step_change} ({check.step.change}), correction {check.correction.change}")


def example() -> None:
    from annotations.models import Effect

    effect = Effect.objects.filter(level="ASE").order_by("created_at").first()
    if effect is None:
        return
    say(f"\nExample ({effect.corrector.method}, {effect.level}, {effect.effect}):")
    say(f"reference answer: {effect.problem.reference_answer!r}")
    say(f"--- before (answer {effect.revised.answer!r})\n{effect.revised.source_text}")
    say(f"--- after (answer {effect.correction.answer!r})\n{effect.correction.source_text}")


if __name__ == "__main__":
    main()
