"""Settings come from the environment, are documented, and are safe without any."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from critique_app.databases import broker_conninfo
from critique_app.instance import CODE_FOLDER
from tests.critique_app.builders import an_instance

READS_A_VARIABLE = re.compile(r"environment\.(?:text|flag|number|items|networks)\(\s*\"(\w+)\"")


def check(**variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` in a process of its own with these variables."""
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        check=False, cwd=CODE_FOLDER, env=inherited | variables, capture_output=True, text=True,
    )  # fmt: skip


def test_the_table_in_the_docs_names_each_variable_that_is_read_and_no_other() -> None:
    read = {
        name
        for path in (CODE_FOLDER / "critique_app").rglob("*.py")
        for name in READS_A_VARIABLE.findall(path.read_text())
    }
    documented = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", (CODE_FOLDER / "docs" / "admin.md").read_text(), re.M))
    assert read == documented


def test_no_variable_is_read_past_the_environment_module() -> None:
    offenders = [
        str(path)
        for package in ("critique_app", "annotations", "workers")
        for path in (CODE_FOLDER / package).rglob("*.py")
        if re.search(r"os\.(getenv\(|environ\[\"|environ\.get\(\"(?!PATH))", path.read_text())
        and path.name != "environment.py"
    ]
    assert offenders == []


@pytest.mark.django_db
def test_it_passes_the_deploy_check_behind_tls() -> None:
    done = check(SECOND_LOOK_HTTPS="1")
    assert done.returncode == 0, done.stderr


def test_an_external_database_without_a_secret_key_is_refused_in_words() -> None:
    done = check(DATABASE_URL="postgresql://app:word@db.example.org/look")
    assert done.returncode == 1
    assert "DATABASE_URL is set and SECRET_KEY is not" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECOND_LOOK_HTTPS": "maybe"}, "SECOND_LOOK_HTTPS: expected 1 or 0, found 'maybe'"),
        ({"TRUSTED_PROXIES": "two"}, "TRUSTED_PROXIES: expected a whole number, found 'two'"),
        ({"DATABASE_URL": "mysql://a:b@c/d", "SECRET_KEY": "k" * 60}, "runs on PostgreSQL only"),
        ({"SECOND_LOOK_HOME": "/proc/nowhere"}, "choose another one with SECOND_LOOK_HOME"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_do(variables: dict[str, str], sentence: str) -> None:
    done = check(**variables)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_secrets_are_made_once_and_closed_to_others() -> None:
    show = "from django.conf import settings; print(settings.SECRET_KEY)"
    with an_instance() as home:
        keys = {
            subprocess.run(
                [sys.executable, "-c", show], cwd=CODE_FOLDER, check=True, capture_output=True, text=True,
                env=os.environ | {"SECOND_LOOK_HOME": str(home), "DJANGO_SETTINGS_MODULE": "critique_app.settings"},
            ).stdout
            for _ in range(2)
        }  # fmt: skip
        assert len(keys) == 1
        assert len(keys.pop().strip()) == 64
        assert stat.S_IMODE((home / "secrets").stat().st_mode) == 0o700
        files = list((home / "secrets").iterdir())
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.django_db
def test_pages_forbid_inline_scripts_and_styles_and_framing(client: Client) -> None:
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_sessions_end_after_twelve_hours() -> None:
    assert settings.SESSION_COOKIE_AGE == 43_200


def test_the_broker_reaches_databases_with_odd_passwords_and_tls() -> None:
    from pgmq.base import PGMQConfig
    from psycopg.conninfo import conninfo_to_dict

    database = {
        "HOST": "db.example.org", "PORT": 5433, "NAME": "look", "USER": "app", "PASSWORD": "a 'b\\ c=d",
        "OPTIONS": {"sslmode": "require"},
    }  # fmt: skip
    reached = conninfo_to_dict(PGMQConfig(conn_string=broker_conninfo(database)).dsn)
    assert reached == {
        "host": "db.example.org", "port": "5433", "dbname": "look", "user": "app", "password": "a 'b\\ c=d",
        "sslmode": "require",
    }  # fmt: skip


def test_media_are_kept_in_the_instance_and_closed() -> None:
    assert Path(settings.MEDIA_ROOT).parent == settings.INSTANCE_FOLDER
    assert settings.FILE_UPLOAD_PERMISSIONS == 0o600
