"""What every test gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.test import override_settings

# A slow machine is no failure; how long something takes is measured under tests/bench/.
hypothesis.settings.register_profile(
    "second-look", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("second-look")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-brokers", action="store_true", help="Faults over Redis and RabbitMQ too, where they run (minutes)."
    )


# The longest files first among their kind, so that no process waits for the other at the end.
LONGEST = ("tests/browser/test_every_page.py", "tests/browser/test_long_run.py", "tests/faults/test_worker_faults.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running in this thread, beside which `asyncio.run` refuses."""
    root = Path(__file__).parent

    def place(item: pytest.Item) -> tuple[bool, bool]:
        return item.path.is_relative_to(root / "browser"), str(item.path.relative_to(root.parent)) not in LONGEST

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """A slow password hash is the point of one, and costs the tests half a minute."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield
