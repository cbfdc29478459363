"""The database backend of the embedded server: what needs the database starts it, what does not leaves it alone."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from django.db.utils import OperationalError
from psycopg import OperationalError as DriverOperationalError

from critique_app.embedded.server import server


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        embedded = server()
        embedded.hold()
        try:
            return super().get_new_connection(conn_params)
        except (OperationalError, DriverOperationalError):
            if embedded.is_ready():
                raise
            embedded.restart_after_crash()
            return super().get_new_connection(conn_params)
