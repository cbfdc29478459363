"""The schema of `pgmq`, which makes the database Celery's broker.

The app's role owns this one schema: the transport makes a queue, and the trigger that announces its messages, where it
first uses them. Nothing but nudges lies in it.
"""

from __future__ import annotations

import psycopg
from pgmq.install import get_embedded_install_sql
from psycopg import sql

SCHEMA = "pgmq"


def is_installed(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT to_regtype('pgmq.queue_record') IS NOT NULL").fetchone() == (True,)


def install(owner: psycopg.Connection, app: psycopg.Connection, database: str, app_role: str) -> None:
    """Install it as the app's role; both connections in autocommit. A second call changes nothing."""
    if is_installed(app):
        return
    right = sql.SQL("{} CREATE ON DATABASE {} {} {}")
    names = sql.Identifier(database), sql.Identifier(app_role)
    owner.execute(right.format(sql.SQL("GRANT"), names[0], sql.SQL("TO"), names[1]))
    try:
        with app.transaction():
            app.execute(get_embedded_install_sql().encode())
    finally:
        owner.execute(right.format(sql.SQL("REVOKE"), names[0], sql.SQL("FROM"), names[1]))


def make_queues(app: psycopg.Connection, names: tuple[str, ...]) -> None:
    """Make the queues ahead, so that neither the web server nor a worker has to."""
    for name in names:
        app.execute("SELECT pgmq.create(%s)", [name])
