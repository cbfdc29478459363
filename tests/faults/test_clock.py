"""A worker whose clock jumps: leases end by the database's clock, so a wrong one costs nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from annotations.models import Critique, Work
from tests.faults.account import Account, critiques_of, has_ended
from tests.faults.processes import wait_until, workers
from tests.workers.builders import a_run, a_scripted_critic, many_responses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("hours", [3, -3])
def test_a_worker_whose_clock_jumps_in_mid_run(broker, tmp_path, hours):
    run = a_run(a_scripted_critic(many_responses(120), "200 ms"))
    account = Account(f"clock jumps by {hours:+} h", broker, run)
    offset = tmp_path / "offset"
    set_clock(offset, hours=0)
    environment = {**broker.environment, "CLOCK_OFFSET": str(offset)}
    with workers(tmp_path, "w", module="tests.faults.jumping_clock", environment=environment):
        wait_until(lambda: critiques_of(run) >= 5, "5 critiques")
        set_clock(offset, hours=hours)
        account.fault()
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
        second = a_run(run.critic)
        wait_until(lambda: has_ended(second), "the end of a run that began after the jump")
    account.close()
    assert critiques_of(second) == second.job_count
    assert set(Work.objects.filter(group=run.pk).values_list("attempts", flat=True)) == {1}, "a lease was lost"
    told = Critique.objects.filter(run=run.pk).values_list("submitted_at", flat=True)
    assert max(told) - min(told) > timedelta(hours=2), "the clock never jumped"


def set_clock(offset: Path, *, hours: int) -> None:
    """In one step: the worker may read it at any time."""
    written = offset.with_suffix(".new")
    written.write_text(str(hours * 3600))
    written.replace(offset)
