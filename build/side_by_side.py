"""Commands that run beside each other, and what they print kept apart."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from pathlib import Path
from typing import Self

from console import ROOT, say

ENDING_SECONDS = 120.0
"""What interrupted commands have to leave all in order; a Docker Engine takes a while."""
LOOK_SECONDS = 0.5
_PROGRESS = re.compile(r"\[ *\d+%\](\x1b\[[\d;]*m)*$")


class SideBySide:
    """Runs commands for several threads; leaving the context by an exception ends them all.

    Each command leads a process group, so that Ctrl-C reaches it once, and from here.
    """

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._ending = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._end()

    def run(self, name: str, title: str, command: list[str], log: Path) -> int:
        """The exit code. Lines of pytest's progress are said at once, all others at the end.

        `name` stands before the former, `title` above the latter and, at the start, beside the
        name; `log` keeps everything.
        """
        process = self._started(command, log)
        if process is None:
            return -signal.SIGINT
        say(f"{name:<9} {title}")
        output = Output(name, log)
        while not _has_ended(process):
            output.look()
        with self._lock:
            self._running.remove(process)
        say("\n".join([f"== {title}", *output.rest()]))
        return process.returncode

    def _started(self, command: list[str], log: Path) -> subprocess.Popen[bytes] | None:
        with self._lock, log.open("wb") as out:
            if self._ending:
                return None
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
            self._running.append(process)
            return process

    def _end(self) -> None:
        """Interrupt what runs, start nothing more, and kill what does not end."""
        with self._lock:
            self._ending = True
            running = [*self._running]
        for process in running:
            process.send_signal(signal.SIGINT)
        try:
            for process in running:
                process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            for process in running:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


class Output:
    """What a command writes to its log: lines of pytest's progress are said, the others kept."""

    def __init__(self, name: str, log: Path) -> None:
        self._name = name
        self._log = log
        self._read = 0
        self._part = b""
        self._kept: list[str] = []

    def look(self) -> None:
        """Go on to the end of the last whole line."""
        with self._log.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        *lines, self._part = (self._part + new).split(b"\n")
        for line in (line.decode(errors="replace") for line in lines):
            if _PROGRESS.search(line):
                say(f"{self._name:<9} {line}")
            else:
                self._kept.append(line)

    def rest(self) -> list[str]:
        """All that was kept, when the command has ended."""
        self.look()
        part = self._part.decode(errors="replace")
        return [*self._kept, part] if part else self._kept


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True
