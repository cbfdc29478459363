"""`broker`: the embedded one, and with `--all-brokers` Redis and RabbitMQ too, for each test that takes it.

Tests marked `every_broker` run on all three in any case. A broker that is not there skips its tests, saying why.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.brokers import BROKERS, Broker


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "broker" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-brokers") or metafunc.definition.get_closest_marker("every_broker")
        chosen = BROKERS if every else BROKERS[:1]
        metafunc.parametrize("broker", chosen, ids=[broker.name for broker in chosen], indirect=True)


@pytest.fixture
def broker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    chosen: Broker = request.param
    if why := chosen.missing():
        pytest.skip(why)
    if chosen.url:
        chosen.purge()
    chosen.use(monkeypatch)
    yield chosen
    if chosen.url:
        chosen.purge()
