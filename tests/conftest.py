"""What every test gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-brokers", action="store_true", help="Faults over Redis and RabbitMQ too, where they run (minutes)."
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running in this thread, beside which `asyncio.run` refuses."""
    items.sort(key=lambda item: item.path.is_relative_to(Path(__file__).parent / "browser"))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """A slow password hash is the point of one, and costs the tests half a minute."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield
