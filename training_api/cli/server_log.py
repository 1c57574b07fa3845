"""The service's own log: JSON lines in HOME/log, warnings on standard error too."""

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


def write_log(folder: Path) -> None:
    """Send this process's log records to `folder`/service.log (five files of 10 MB)."""
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(folder / "service.log", maxBytes=10 << 20, backupCount=4)
    file.setFormatter(JsonLine())
    aside = logging.StreamHandler()
    aside.setLevel(logging.ERROR)
    aside.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[file, aside], force=True)
    for noisy in ("httpx", "httpcore", "sse_starlette", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
