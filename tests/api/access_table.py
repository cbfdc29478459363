"""Who may call what: one line per URL name. A URL without a line fails `test_access.py`.

    "name": page(args, GET=MEMBERS, POST=ADMINS)

- `page` and `api` lie in a project; `args` makes the URL's arguments from the `World`. Whoever is not named gets:
  without log-in a way to it (a page) or 401 (the API); as a stranger 404; as a member 403. Instance admins pass.
- `personal` and `personal_api` lie in no project: whoever is logged in and not named gets 403.
- `open_page` is for everybody.
- A method that has no place in the line is refused to everybody (405).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.api.world import ANONYMOUS, CALLERS, INSTANCE_ADMIN, STRANGER, World

ADMINS = frozenset({"admin"})
REVIEWERS = ADMINS | {"reviewer"}
WORKERS = REVIEWERS | {"annotator"}
PULLERS = REVIEWERS | {"trainer"}
MEMBERS = WORKERS | {"trainer"}
LOGGED_IN = MEMBERS | {STRANGER}
NOBODY: frozenset[str] = frozenset()  # but instance admins

Args = Callable[[World], tuple[Any, ...]]


@dataclass(frozen=True)
class Row:
    args: Args
    methods: dict[str, frozenset[str]]
    without_log_in: str  # "log in", "401" or "passes"
    to_strangers: str  # "404" or "403"

    def expected(self, caller: str, method: str) -> str:
        if method not in self.methods:
            return "405"
        if caller == ANONYMOUS:
            return self.without_log_in
        if caller == INSTANCE_ADMIN or caller in self.methods[method]:
            return "passes"
        return self.to_strangers if caller == STRANGER else "403"


def page(args: Args, **methods: frozenset[str]) -> Row:
    return Row(args, methods, without_log_in="log in", to_strangers="404")


def api(args: Args, **methods: frozenset[str]) -> Row:
    return Row(args, methods, without_log_in="401", to_strangers="404")


def personal(args: Args, **methods: frozenset[str]) -> Row:
    return Row(args, methods, without_log_in="log in", to_strangers="403")


def personal_api(args: Args, **methods: frozenset[str]) -> Row:
    return Row(args, methods, without_log_in="401", to_strangers="403")


def open_page(args: Args, *methods: str) -> Row:
    everybody = frozenset(CALLERS)
    return Row(args, dict.fromkeys(methods, everybody), without_log_in="passes", to_strangers="403")


def nothing(world: World) -> tuple[Any, ...]:
    return ()


def project(world: World) -> tuple[Any, ...]:
    return (world.project.slug,)


def response(world: World) -> tuple[Any, ...]:
    return (world.project.slug, world.response.pk)


def endpoint(world: World) -> tuple[Any, ...]:
    return (world.endpoint.name,)


def dataset(world: World) -> tuple[Any, ...]:
    return (world.snapshot.dataset.name,)


def member(world: World) -> tuple[Any, ...]:
    return (world.project.slug, world.people["annotator"].pk)


def import_of(world: World) -> tuple[Any, ...]:
    return (world.project.slug, world.import_work.pk)


def waiting_import(world: World) -> tuple[Any, ...]:
    return (world.project.slug, world.waiting_import.pk)


def run_of(world: World) -> tuple[Any, ...]:
    return (world.project.slug, world.run.pk)


def persons_critique(world: World) -> tuple[Any, ...]:
    return (world.project.slug, world.persons_critique.pk)


def webhook_of(world: World) -> tuple[Any, ...]:
    """With a delivery."""
    return (world.project.slug, world.delivery.hook_id)


def delivery_of(world: World) -> tuple[Any, ...]:
    return (world.project.slug, world.delivery.pk)


ACCESS: dict[str, Row] = {
    # --- people
    "home": personal(nothing, GET=LOGGED_IN),
    "health": open_page(nothing, "GET"),
    "login": open_page(nothing, "GET", "POST"),
    "second_step": open_page(nothing, "GET", "POST"),
    "who": personal(nothing, GET=LOGGED_IN),
    "logout": open_page(nothing, "POST"),
    "script_words": open_page(lambda world: ("de",), "GET"),
    "invitation": open_page(lambda world: ("no-such-secret",), "GET", "POST"),
    "account": personal(nothing, GET=LOGGED_IN, POST=LOGGED_IN),
    "change_look": personal(nothing, POST=LOGGED_IN),
    "change_mail": personal(nothing, POST=LOGGED_IN),
    "keys": personal(nothing, GET=LOGGED_IN, POST=LOGGED_IN),
    "change_password": personal(nothing, GET=LOGGED_IN, POST=LOGGED_IN),
    "two_factor": personal(nothing, GET=LOGGED_IN, POST=LOGGED_IN),
    "two_factor_qr": personal(nothing, GET=LOGGED_IN),
    "create_project": personal(nothing, GET=NOBODY, POST=NOBODY),
    "members": page(project, GET=ADMINS, POST=ADMINS),
    "change_role": page(member, POST=ADMINS),
    "remove_member": page(member, POST=ADMINS),
    "revoke_invitation": page(lambda world: (world.project.slug, world.invitation.pk), POST=ADMINS),
    "queue": page(project, GET=ADMINS, POST=ADMINS),
    "withdraw_batch": page(lambda world: (world.project.slug, world.batch.pk), POST=ADMINS),
    "member_skills": page(member, POST=ADMINS),
    "project_settings": page(project, GET=ADMINS, POST=ADMINS),
    "change_guideline": page(project, POST=ADMINS),
    "guideline_version": page(lambda world: (world.project.slug, 1), GET=MEMBERS),
    "log": page(project, GET=ADMINS),
    "erase_project": page(project, GET=NOBODY, POST=NOBODY),
    # --- annotating
    "annotate": page(project, GET=WORKERS),
    "annotate_recent": page(project, GET=WORKERS),
    "guideline": page(project, GET=MEMBERS),
    "image": page(lambda world: (world.response.problem.problem_images.get().image_id,), GET=MEMBERS),
    "my_work": page(project, GET=WORKERS),
    "my_work_download": page(project, GET=WORKERS),
    # --- leads
    "leads": page(project, GET=REVIEWERS),
    "leads_csv": page(lambda world: (world.project.slug, "people"), GET=REVIEWERS),
    "release_held": page(member, GET=ADMINS, POST=ADMINS),
    "leave_project": page(project, GET=MEMBERS, POST=MEMBERS),
    "log_csv": page(project, GET=ADMINS),
    # --- review
    "review_queue": page(project, GET=REVIEWERS),
    "review_one": page(persons_critique, GET=REVIEWERS),
    "review_decide": page(persons_critique, POST=REVIEWERS),
    # --- adjudication
    "adjudication_queue": page(project, GET=REVIEWERS),
    "adjudication": page(response, GET=REVIEWERS),
    "adjudication_build": page(response, POST=REVIEWERS),
    "reference": page(lambda world: (*response(world), world.reference.version), GET=REVIEWERS),
    # --- comments
    "threads": page(project, GET=WORKERS),
    "open_thread": page(response, POST=REVIEWERS),  # annotators once they have submitted
    "comment_into_guideline": page(lambda world: (world.project.slug, world.comment.pk), GET=ADMINS, POST=ADMINS),
    "api_comments": api(project, GET=WORKERS),
    "inbox": personal(nothing, GET=LOGGED_IN),
    "mark_read": personal(nothing, POST=LOGGED_IN),
    # --- what people report of items
    "cuts": page(project, GET=REVIEWERS),
    "rule_on_cut": page(lambda world: (world.project.slug, world.proposal.pk), POST=REVIEWERS),
    "broken": page(project, GET=REVIEWERS),
    "rule_on_item": page(response, POST=REVIEWERS),
    # --- guideline and cards
    "confirm_guideline": page(project, GET=WORKERS, POST=WORKERS),
    "cards": page(project, GET=WORKERS),
    "make_card": page(project, POST=REVIEWERS),
    "remove_card": page(lambda world: (world.project.slug, world.card.pk), POST=REVIEWERS),
    # --- gold and plants
    "gold": page(project, GET=REVIEWERS, POST=REVIEWERS),
    "gold_of_person": page(member, GET=REVIEWERS),
    "retire_gold": page(lambda world: (world.project.slug, world.gold.pk), POST=REVIEWERS),
    "lift_gold_signal": page(lambda world: (world.project.slug, world.gold_signal.pk), POST=REVIEWERS),
    "drift": page(project, GET=REVIEWERS),
    "plants": page(project, GET=REVIEWERS, POST=REVIEWERS),
    "rule_on_plant": page(lambda world: (world.project.slug, world.plant.pk), POST=REVIEWERS),
    # --- reading
    "responses": page(project, GET=WORKERS),
    "insights": page(project, GET=REVIEWERS),
    "insights_section": page(lambda world: (world.project.slug, "critics"), GET=REVIEWERS),
    "insight_items": page(project, GET=REVIEWERS),
    "insights_json": page(project, GET=REVIEWERS),
    "insights_csv": page(project, GET=REVIEWERS),
    "insights_html": page(project, GET=REVIEWERS),
    "api_report": api(project, GET=REVIEWERS),
    "court": page(project, GET=REVIEWERS),
    "open_court": page(project, POST=REVIEWERS),
    "rule_on_finding": page(lambda world: (world.project.slug, world.case.pk), POST=REVIEWERS),
    "court_report": page(project, GET=REVIEWERS),
    "api_court": api(project, GET=REVIEWERS),
    "api_rule_on_finding": api(lambda world: (world.project.slug, world.case.pk), POST=REVIEWERS),
    "differences": page(project, GET=REVIEWERS),
    "compare_next": page(response, GET=REVIEWERS),
    "coming": page(response, GET=REVIEWERS),  # as compare
    "compare": page(response, GET=REVIEWERS),  # annotators once they have submitted
    # --- webhooks
    "webhooks": page(project, GET=ADMINS, POST=ADMINS),
    "webhook": page(webhook_of, GET=ADMINS, POST=ADMINS),
    "webhook_secret": page(webhook_of, POST=ADMINS),
    "test_webhook": page(webhook_of, POST=ADMINS),
    "remove_webhook": page(webhook_of, POST=ADMINS),
    "redeliver": page(delivery_of, POST=ADMINS),
    "stop_delivery": page(delivery_of, POST=ADMINS),
    "api_webhooks": api(project, GET=ADMINS, POST=ADMINS),
    "api_webhook": api(webhook_of, GET=ADMINS, PUT=ADMINS, DELETE=ADMINS),
    "api_deliveries": api(webhook_of, GET=ADMINS),
    "api_redeliver": api(delivery_of, POST=ADMINS),
    # --- datasets
    "datasets": page(project, GET=PULLERS),
    "build_dataset": page(project, GET=ADMINS, POST=ADMINS),
    "preview_dataset": page(project, GET=ADMINS),
    "version_differences": page(lambda world: (*project(world), *dataset(world), world.later_version), GET=PULLERS),
    "publications": page(project, GET=PULLERS),
    "cancel_publication": page(lambda world: (world.project.slug, world.publication.pk), POST=ADMINS),
    "version": page(lambda world: (*project(world), *dataset(world), 1), GET=PULLERS),
    "api_datasets": personal_api(nothing, GET=LOGGED_IN),
    "api_dataset": api(dataset, GET=PULLERS),
    "api_version": api(lambda world: (*dataset(world), 1), GET=PULLERS),
    "api_file": api(lambda world: (*dataset(world), 1, "rows.jsonl"), GET=PULLERS),
    "api_project_datasets": api(project, POST=ADMINS),
    # --- import
    "imports": page(project, GET=ADMINS, POST=ADMINS),
    "cancel_import": page(import_of, POST=ADMINS),
    "map_import": page(waiting_import, GET=ADMINS, POST=ADMINS),
    "import_report": page(import_of, GET=ADMINS),
    "api_imports": api(project, POST=ADMINS),
    "api_import": api(import_of, GET=ADMINS),
    "api_cancel_import": api(import_of, POST=ADMINS),
    "api_import_mapping": api(waiting_import, GET=ADMINS, POST=ADMINS),
    # --- critics
    "runs": page(project, GET=REVIEWERS, POST=ADMINS),
    "run": page(run_of, GET=REVIEWERS),
    "cancel_run": page(run_of, POST=ADMINS),
    "pause_run": page(run_of, POST=ADMINS),
    "resume_run": page(run_of, POST=ADMINS),
    "extend_run": page(run_of, POST=ADMINS),
    "stand_run": page(run_of, POST=ADMINS),
    "critics": page(project, GET=REVIEWERS),
    "new_critic": page(project, GET=ADMINS, POST=ADMINS),
    "retry_run": page(run_of, POST=ADMINS),
    "critic": page(lambda world: (world.project.slug, world.run.critic.name), GET=REVIEWERS),
    "corrections": page(project, GET=REVIEWERS, POST=ADMINS),
    "api_corrections": api(project, GET=REVIEWERS, POST=ADMINS),
    "prompts": page(project, GET=REVIEWERS),
    "prompt": page(lambda world: (world.project.slug, "direct"), GET=REVIEWERS, POST=ADMINS),
    "dry_run": page(lambda world: (world.project.slug, "direct"), POST=ADMINS),
    "dry_run_of_prompt": page(lambda world: (world.project.slug, "direct", world.dry_run.pk), GET=REVIEWERS),
    "workers": personal(nothing, GET=ADMINS),
    "endpoints": personal(nothing, GET=NOBODY, POST=NOBODY),
    "endpoint": personal(endpoint, GET=NOBODY, POST=NOBODY),
    "check_endpoint": personal(endpoint, POST=NOBODY),
    "delete_endpoint": personal(endpoint, POST=NOBODY),
    "api_runs": api(project, POST=ADMINS),
    "api_run": api(run_of, GET=REVIEWERS),
    "api_cancel_run": api(run_of, POST=ADMINS),
    "api_pause_run": api(run_of, POST=ADMINS),
    "api_resume_run": api(run_of, POST=ADMINS),
    "api_extend_run": api(run_of, POST=ADMINS),
    "api_stand_run": api(run_of, POST=ADMINS),
    "api_critics": api(project, GET=REVIEWERS, POST=ADMINS),
    "api_methods": api(project, GET=REVIEWERS),
    "api_estimate_run": api(project, POST=ADMINS),
    "api_retry_run": api(run_of, POST=ADMINS),
    # --- API
    "api_problems": api(project, GET=WORKERS, POST=ADMINS),
    "api_problem": api(lambda world: (world.project.slug, world.response.problem_id), GET=WORKERS),
    "api_responses": api(project, GET=WORKERS, POST=ADMINS),
    "api_response": api(response, GET=WORKERS),
    "api_critiques": api(project, GET=WORKERS, POST=ADMINS),
    "api_schema": open_page(nothing, "GET"),
    "api_docs": personal(nothing, GET=LOGGED_IN),
    "api_me": personal_api(nothing, GET=LOGGED_IN),
    "api_projects": personal_api(nothing, GET=LOGGED_IN),
}

# URLs whose rule no line of the table can say, each with a test of its own that does.
TESTED_ELSEWHERE: dict[str, str] = {
    # a person's own drafts and critiques only: 404 to every other member
    "annotate_draft": "tests/annotations/web/test_annotate.py",
    "annotate_edits": "tests/annotations/web/test_annotate_live.py",
    "annotate_cut": "tests/annotations/web/test_reports.py",
    "annotate_next_step": "tests/annotations/web/test_annotate.py",
    "annotate_form": "tests/annotations/web/test_annotate.py",
    "annotate_skip": "tests/annotations/web/test_annotate.py",
    "annotate_heartbeat": "tests/annotations/web/test_annotate_live.py",
    "annotate_ahead": "tests/annotations/web/test_annotate_live.py",
    "annotate_submit": "tests/annotations/web/test_annotate_live.py",
    "annotate_revise": "tests/annotations/web/test_annotate.py",
    # a person's own submitted critiques only
    "correct": "tests/annotations/web/test_correct.py",
    "submitted": "tests/annotations/web/test_submitted.py",
    "submitted_react": "tests/annotations/web/test_submitted.py",
    "submitted_foresight": "tests/annotations/web/test_submitted.py",
    "submitted_outcome": "tests/annotations/web/test_submitted.py",
    "submitted_rate": "tests/annotations/web/test_submitted.py",
    "api_critique": "tests/api/test_records.py",  # 404 for what a person may not see yet
    # 404 for what a person may not read yet
    "answer_thread": "tests/annotations/web/test_comments.py",
    "resolve_thread": "tests/annotations/web/test_comments.py",
    "open_notice": "tests/annotations/web/test_inbox.py",  # a person's own notices only: 404 to everybody else
    "revoke_token": "tests/annotations/web/test_account.py",  # a person's own tokens only: 404 to everybody else
}
