"""What set-up says to the person who waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".setup"

_lines = threading.Lock()


class SetupError(Exception):
    """A step of set-up failed; the message is one sentence with the remedy."""


def say(line: str) -> None:
    """Print one whole line, also when several environments are built at once."""
    with _lines:
        print(line, flush=True)


def logged(command: list[str], log: Path, cwd: Path = ROOT) -> int:
    """Run a command with its output appended to `log`; its exit code."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as out:
        out.write(f"$ {' '.join(command)}\n")
        out.flush()
        try:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=cwd
            ).returncode
        except OSError as error:
            out.write(f"{error}\n")
            return 127


def finish(main) -> None:
    """Exit with what `main()` returns; a SetupError becomes its sentence and exit code 1."""
    try:
        sys.exit(main())
    except SetupError as error:
        print(f"Set-up stopped: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Set-up was interrupted; run `make setup` to go on.", file=sys.stderr, flush=True)
        sys.exit(130)
