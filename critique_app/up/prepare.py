"""Before the services start: database, static files, the first account, the demo project."""

from __future__ import annotations

import io
import shutil

from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connections

from critique_app.embedded.server import server
from critique_app.up.console import say
from critique_app.up.state import State, fingerprint_of

_MIGRATIONS = ("*/migrations/*.py", "critique_app/bootstrap/*.py", "constraints.txt")
_STATIC_FILES = ("static/**/*", "constraints.txt")


def prepare() -> None:
    """Do what is missing or changed; the settings are loaded, the port is free."""
    if settings.EMBEDDED_DATABASE:
        say("up", "starting PostgreSQL")
        server().hold()
    cluster = _which_database()
    state = State(settings.INSTANCE_FOLDER / "up.json")
    if "owner" in settings.DATABASES:
        state.once("database", fingerprint_of(_MIGRATIONS, cluster, settings.CELERY_BROKER_URL), _set_up_database)
    state.once("static", fingerprint_of(_STATIC_FILES, str(settings.STATIC_ROOT)), _collect_static)
    call_command("create_admin", stdout=_Said())
    if "load_demo" in get_commands():
        # Once: a demo project that somebody erased stays erased.
        state.once("demo", cluster, _load_demo)
    connections.close_all()


def _which_database() -> str:
    """A name of this very database, so that a new one behind the same settings is set up anew."""
    if settings.EMBEDDED_DATABASE:
        made = (server().folders.data / "PG_VERSION").stat()
        return f"{server().folders.data} {made.st_ino} {made.st_mtime_ns}"
    default = settings.DATABASES["default"]
    return f"{default['HOST']} {default['PORT']} {default['NAME']}"


def _set_up_database() -> None:
    say("up", "setting up the database")
    call_command("setup_database", verbosity=0)


def _collect_static() -> None:
    say("up", "collecting static files")
    if settings.STATIC_ROOT.exists():
        shutil.rmtree(settings.STATIC_ROOT)
    call_command("collectstatic", verbosity=0, interactive=False)


def _load_demo() -> None:
    say("up", "loading the demo project")
    call_command("load_demo", stdout=_Said())


class _Said(io.TextIOBase):
    """Passes on what a command says, line by line."""

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                say("up", line)
        return len(text)
