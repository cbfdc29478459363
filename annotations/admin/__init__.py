"""Django's admin, for instance admins: it shows everything, and changes only what no verb of ours looks after."""

from annotations.admin import accounts, critiques, projects, responses, snapshots

__all__ = ["accounts", "critiques", "projects", "responses", "snapshots"]
