from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from docker_sdk_api.database.connection import Database
from docker_sdk_api.database.migrate import Newer, is_sound, present_revision, upgrade
from docker_sdk_api.database.tables import METADATA


@pytest.fixture
def database(tmp_path: Path):
    database = Database(tmp_path / "test.db")
    yield database
    database.close()


def test_migrations_lead_from_nothing_to_the_tables(database: Database) -> None:
    assert present_revision(database) is None
    upgrade(database)
    with database.write() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL


def test_upgrading_again_changes_nothing(database: Database) -> None:
    upgrade(database)
    version = database.version
    upgrade(database)
    assert present_revision(database) == "0002"
    assert database.version == version + 2  # the two looks at the revision
    assert not list(database.path.parent.glob("*.before-*"))


def test_a_database_of_a_later_release_is_refused(database: Database) -> None:
    upgrade(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Newer, match=r"9999.*later release|later release.*9999"):
        upgrade(database)


def test_a_failed_write_leaves_nothing(database: Database) -> None:
    upgrade(database)
    with pytest.raises(RuntimeError), database.write() as connection:
        connection.execute(text("INSERT INTO queue VALUES ('p', 1)"))
        raise RuntimeError
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM queue")).scalar() == 0


def test_readers_cannot_write(database: Database) -> None:
    upgrade(database)
    with pytest.raises(Exception, match="readonly"), database.read() as connection:
        connection.execute(text("INSERT INTO queue VALUES ('p', 1)"))


def test_many_writers_take_turns(database: Database) -> None:
    upgrade(database)
    with database.write() as connection:
        connection.execute(text("INSERT INTO queue VALUES ('p', 0)"))

    def increment() -> None:
        for _ in range(20):
            with database.write() as connection:
                present = connection.execute(text("SELECT paused FROM queue")).scalar()
                connection.execute(text("UPDATE queue SET paused = :n"), {"n": present + 1})

    threads = [threading.Thread(target=increment) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute(text("SELECT paused FROM queue")).scalar() == 200


def test_soundness(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.commit()
    assert is_sound(path)
    content = bytearray(path.read_bytes())
    content[:64] = b"\xff" * 64
    path.write_bytes(content)
    assert not is_sound(path)
