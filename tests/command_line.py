"""`segsmith` as users call it: processes, their output and exit codes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from click.testing import CliRunner, Result

from tests.waiting import PATIENCE, until
from training_api.cli.root import root

SEGSMITH = Path(sys.executable).with_name("segsmith")


class Running:
    """A command that goes on. `lines` are those of standard error so far, `output` of the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.output: list[str] = []
        pairs = ((process.stderr, self.lines), (process.stdout, self.output))
        self._readers = [threading.Thread(target=_read, args=pair, daemon=True) for pair in pairs]
        for reader in self._readers:
            reader.start()

    def wait_for(self, text: str) -> str:
        """The first line of standard error that holds `text`."""

        def found() -> str | None:
            line = next((line for line in self.lines if text in line), None)
            assert line or self.process.poll() is None, (text, self.lines[-20:], self.output)
            return line

        return str(until(found, self.lines))

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Its exit code, when it has ended and all its output is read."""
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return code

    def finish(self) -> tuple[int, dict[str, Any]]:
        """Exit code, and the JSON object of the last line of standard output."""
        code = self.wait()
        return code, last_json("\n".join(self.output))


def _read(stream: IO[str], lines: list[str]) -> None:
    with stream:
        for line in stream:
            lines.append(line.rstrip("\n"))


class CommandLine:
    """Runs commands with one home and one environment."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.environment = os.environ | {"SEGSMITH_HOME": str(home)} | environment

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        return subprocess.run(
            [str(SEGSMITH), *map(str, words)],
            env=self.environment,
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def inside(self, *words: object) -> Result:
        """Run to the end within this process: quicker, for what needs no process of its own."""
        with contextlib.chdir(self.home.parent):
            return CliRunner().invoke(
                root, [*map(str, words)], env=self.environment, prog_name="segsmith"
            )

    def json(self, *words: object) -> dict[str, Any]:
        """The object that a successful command prints last."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return last_json(done.stdout)

    def start(self, *words: object) -> Running:
        """Start and go on; end it with `finish`."""
        process = subprocess.Popen(
            [str(SEGSMITH), *map(str, words)],
            env=self.environment,
            cwd=self.home.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return Running(process)

    @contextmanager
    def service(self, *words: object, port: int | None = None) -> Iterator[Server]:
        """`segsmith serve` on a free port; ended by SIGTERM unless it was killed."""
        service = Server(self, port or free_port(), words)
        try:
            yield service
        finally:
            service.end()

    def job(self, name: str) -> dict[str, Any]:
        """A job as the list shows it."""
        done = self.inside("jobs", "--search", name, "--json")
        assert done.exit_code == 0, done.stderr
        return next(job for job in last_json(done.stdout)["jobs"] if job["name"] == name)


class Server:
    """A running `segsmith serve`."""

    def __init__(self, command_line: CommandLine, port: int, words: tuple[object, ...]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.command = command_line.start("serve", "--port", port, *words)
        file = command_line.home / "service.json"
        until(lambda: file.exists() and _pid(file) == self.command.process.pid, self.command.lines)

    def kill(self) -> None:
        """kill -9."""
        self.command.process.kill()
        self.command.wait()

    def end(self) -> float:
        """Stop it in order; the seconds that it took."""
        started = time.monotonic()
        if self.command.process.poll() is None:
            self.command.process.terminate()
        self.command.wait()
        return time.monotonic() - started


def _pid(path: Path) -> int:
    try:
        return int(json.loads(path.read_text())["pid"])
    except (OSError, ValueError):
        return -1


def last_json(output: str) -> dict[str, Any]:
    """The JSON object of the last line."""
    document = json.loads(output.strip().splitlines()[-1])
    assert isinstance(document, dict)
    return document


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
