"""Bringing a database file to the present schema, with a copy of the old one first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from docker_sdk_api.database.connection import Database
from training_api.spec.errors import Corrupt

_SCRIPTS = Path(__file__).resolve().parent / "migrations"


class Newer(Corrupt):
    """The database was written by a later release."""

    code = "newer_database"


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply the missing migrations in one transaction. Raises Newer for an unknown revision."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    present = present_revision(database)
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise Newer(
            f"{database.path} was written by a later release (schema {present}). "
            "Start that release, or restore a backup of this one."
        )
    if present == scripts.get_current_head() and revision == "head":
        return
    if present is not None:
        _copy(database.path, database.path.with_name(f"{database.path.name}.before-{present}"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def present_revision(database: Database) -> str | None:
    """The schema revision of the file, None for an empty one."""
    with database.write() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _copy(source: Path, target: Path) -> None:
    """A consistent copy, WAL included."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def is_sound(path: Path) -> bool:
    """True if `path` is a SQLite database that passes its own quick check."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False
