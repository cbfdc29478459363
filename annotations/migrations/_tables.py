"""What every new table of a project needs beside its columns: it goes with the project, and some only grow."""

from django.conf import settings


def cascade(*tables):
    """`erase_project` deletes projects, responses, critiques and drafts: whatever points at them goes along."""

    def run(apps, schema_editor):
        while schema_editor.deferred_sql:  # the foreign keys of tables that this very migration makes are among it
            schema_editor.execute(schema_editor.deferred_sql.pop(0), params=None)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "SELECT c.conrelid::regclass::text, c.conname, a.attname, c.confrelid::regclass::text, p.attname"
                " FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
                " JOIN pg_attribute p ON p.attrelid = c.confrelid AND p.attnum = c.confkey[1]"
                " WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 AND c.conrelid::regclass::text = ANY (%s)"
                " AND c.confrelid::regclass::text LIKE 'annotations_%%'",
                [[f"annotations_{table}" for table in tables]],
            )
            for table, name, column, parent, parent_column in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
                cursor.execute(
                    f'ALTER TABLE {table} ADD CONSTRAINT "{name}" FOREIGN KEY ({column}) '
                    f"REFERENCES {parent} ({parent_column}) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
                )

    return run


def insert_only(*tables):
    """A trigger for everybody, and no right for the app's role, to change or delete a row."""

    def run(apps, schema_editor):
        for table in tables:
            schema_editor.execute(
                f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON annotations_{table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
                params=None,
            )
        role = schema_editor.quote_name(settings.DATABASES["default"]["USER"])
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            if schema_editor.quote_name(cursor.fetchone()[0]) == role:
                return  # one role for everything: the triggers still hold
        for table in tables:
            schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON annotations_{table} FROM {role}")

    return run
