"""The embedded PostgreSQL starts on demand, is adopted, survives crashes, and is closed to others."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from critique_app.embedded.server import SUPERUSER, EmbeddedServer
from critique_app.instance import InstanceError
from tests.critique_app.builders import an_instance, superuser

HOLD = """
import sys
import time
from pathlib import Path
from critique_app.embedded.server import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.hold()
print(server.process_id(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with an_instance() as path:
        yield path


@pytest.fixture
def server(home: Path) -> EmbeddedServer:
    server = EmbeddedServer(home)
    server.hold()
    return server


def another_process(home: Path) -> subprocess.Popen[str]:
    """A process that holds the server until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_starts_and_answers(server: EmbeddedServer) -> None:
    with superuser(server) as connection:
        assert connection.execute("SHOW server_version_num").fetchone()[0].startswith("18")


def test_it_listens_on_no_network_address(server: EmbeddedServer) -> None:
    with superuser(server) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert psutil.Process(server.process_id()).net_connections(kind="inet") == []


def test_data_and_socket_are_closed_to_other_users(server: EmbeddedServer) -> None:
    assert mode(server.folders.data) == 0o700
    assert mode(server.socket_folder) == 0o700
    assert mode(server.home / "secrets" / "postgres-superuser") == 0o600


def test_a_connection_without_password_is_refused(server: EmbeddedServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(server.socket_folder), user=SUPERUSER, dbname="postgres")


def test_a_connection_with_a_wrong_password_is_refused(server: EmbeddedServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=str(server.socket_folder), user=SUPERUSER, dbname="postgres", password="guess")


def test_a_second_process_adopts_the_running_server(server: EmbeddedServer) -> None:
    other = another_process(server.home)
    assert int(other.stdout.readline()) == server.process_id()
    other.communicate()
    assert server.process_id() is not None, "whoever adopted it does not stop it for the others"


def test_the_last_process_to_leave_stops_it(home: Path) -> None:
    other = another_process(home)
    process_id = int(other.stdout.readline())
    other.communicate()
    assert EmbeddedServer(home).process_id() is None
    assert not psutil.pid_exists(process_id) or psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE


def test_a_killed_process_does_not_keep_it_running(home: Path) -> None:
    killed = another_process(home)
    killed.stdout.readline()
    killed.kill()
    killed.wait()
    server = EmbeddedServer(home)
    assert server.process_id() is not None, "it outlives a user that was killed"
    server.hold()
    server.release()
    assert server.process_id() is None


def test_two_first_starts_at_once_make_one_server(home: Path) -> None:
    both = [another_process(home), another_process(home)]
    process_ids = {int(process.stdout.readline()) for process in both}
    assert process_ids == {EmbeddedServer(home).process_id()}
    for process in both:
        process.communicate()


def test_it_comes_back_with_its_data_after_it_was_killed(server: EmbeddedServer) -> None:
    with superuser(server) as connection:
        connection.execute("SET synchronous_commit = on")  # the test cluster is set to forget the last moment
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(server.process_id(), signal.SIGKILL)
    while server.process_id() is not None:
        time.sleep(0.01)
    server.restart_after_crash()
    with superuser(server) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_pid_file_of_an_unrelated_process_counts_for_nothing(server: EmbeddedServer) -> None:
    server.stop()
    (server.folders.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.folders.data}\n")
    assert server.process_id() is None
    server.hold()
    assert server.is_ready()


def test_an_incomplete_data_folder_is_refused_in_one_sentence(server: EmbeddedServer) -> None:
    server.stop()
    (server.folders.data / "PG_VERSION").unlink()
    with pytest.raises(InstanceError, match="restore it from a back-up, or move the folder away"):
        server.hold()


def test_data_of_another_version_is_refused_in_one_sentence(server: EmbeddedServer) -> None:
    server.stop()
    (server.folders.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(InstanceError, match="made by PostgreSQL 15, expected 18"):
        server.hold()


def test_a_setting_that_postgres_refuses_is_named(server: EmbeddedServer) -> None:
    server.stop()
    (server.home / "postgresql.conf").write_text("shared_buffers = 'plenty'\n")
    with pytest.raises(InstanceError, match="PostgreSQL does not start"):
        server.hold()


def test_a_path_too_long_or_with_spaces_gets_a_short_closed_socket_folder(home: Path) -> None:
    deep = home / ("a folder with a long name " * 4).strip()
    deep.mkdir(mode=0o711)
    server = EmbeddedServer(deep)
    server.hold()
    try:
        assert len(str(server.socket_folder)) < 80
        assert " " not in str(server.socket_folder)
        assert mode(server.socket_folder) == 0o700
        with superuser(server) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_as_root_below_a_closed_folder_no_mode_is_widened(home: Path) -> None:
    closed = home / "closed"
    (closed / "instance").mkdir(parents=True)
    closed.chmod(0o700)
    server = EmbeddedServer(closed / "instance")
    server.hold()
    try:
        assert mode(closed) == 0o700
        assert (closed / "instance" / "postgres").is_symlink()
        assert server.folders.base.is_relative_to("/var/lib/second-look")
        with superuser(server) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
        shutil.rmtree(server.folders.base)
