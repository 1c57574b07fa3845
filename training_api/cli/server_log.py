"""The service's own log: JSON lines in HOME/log, errors on standard error too."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path


class JsonLine(logging.Formatter):
    """One record, one line, whatever a message holds."""

    def format(self, record: logging.LogRecord) -> str:
        """`{"time", "level", "logger", "message"[, "trace"]}`."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


def write_log(folder: Path | None) -> None:
    """Send this process's log records to `folder`/service.log (five files of 10 MB).

    Without a folder (a part that has no home) everything goes to standard error.
    """
    aside = logging.StreamHandler()
    aside.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    handlers: list[logging.Handler] = [aside]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(folder / "service.log", maxBytes=10 << 20, backupCount=4)
        file.setFormatter(JsonLine())
        aside.setLevel(logging.ERROR)
        handlers.append(file)
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    for noisy in ("httpx", "httpcore", "sse_starlette", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
