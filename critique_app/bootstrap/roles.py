"""The two roles, the database, and what each role may do in it.

The owner makes tables, in migrations, and does nothing else. The app's role reads and writes rows; it owns no table of
ours, so that what a migration takes from it (changing what was submitted) it cannot give back to itself.
"""

from __future__ import annotations

import psycopg
from psycopg import sql


def make_roles_and_database(
    admin: psycopg.Connection, database: str, owner: tuple[str, str], app: tuple[str, str]
) -> None:
    """Make what is missing. `admin`: a superuser's autocommit connection; `owner`, `app`: name and password."""
    for name, password in (owner, app):
        _make_role(admin, name, password)
    if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        if admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() != (True,):
            # Who is not superuser (a hosted cluster) must be a member of the role that will own the database.
            admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner[0])))
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                sql.Identifier(database), sql.Identifier(owner[0])
            )
        )
    name_in_sql = sql.Identifier(database)
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name_in_sql))
    # Temporary tables: an import stages its rows in one.
    admin.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name_in_sql, sql.Identifier(app[0])))


def grant_rights(owner: psycopg.Connection, app_role: str) -> None:
    """The app role's rights on what the owner will make; to be given before the migrations, which narrow them."""
    app = sql.Identifier(app_role)
    for statement in (
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {app}",
    ):
        owner.execute(sql.SQL(statement).format(app=app))


def _make_role(admin: psycopg.Connection, name: str, password: str) -> None:
    exists = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    # A new role may do nothing but log in; one that is there keeps what it may and gets the password.
    verb = sql.SQL("ALTER ROLE" if exists else "CREATE ROLE")
    admin.execute(sql.SQL("{} {} LOGIN PASSWORD {}").format(verb, sql.Identifier(name), sql.Literal(password)))
