"""Connections to SQLite: one that writes, in immediate transactions, and some that read."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

_BUSY_MILLISECONDS = 10_000


class Database:
    """A database file. Thread-safe; a transaction must not span an await.

    `version` grows with each committed write: a cheap hint that something may have changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.version = 0
        self._writing = threading.Lock()
        # One writer connection, the only one that checkpoints the WAL: SQLite before 3.51.3 can
        # lose pages when a checkpoint meets another connection's write.
        self._writer = _engine(path, size=1, begin="BEGIN IMMEDIATE")
        self._readers = _engine(path, size=8, begin="BEGIN", read_only=True)

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start; committed at the block's end."""
        with self._writing:
            with self._writer.begin() as connection:
                yield connection
            self.version += 1

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view that sees the last commit before its first statement."""
        with self._readers.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._readers.dispose()
        self._writer.dispose()


def _engine(path: Path, *, size: int, begin: str, read_only: bool = False) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": _BUSY_MILLISECONDS / 1000},
    )

    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        pragmas = ["foreign_keys=ON", f"busy_timeout={_BUSY_MILLISECONDS}"]
        # FULL: with NORMAL a power cut may take the last commits of a WAL database.
        pragmas += ["query_only=ON"] if read_only else ["journal_mode=WAL", "synchronous=FULL"]
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
