"""The three parts of the service as processes of their own, as containers run them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.command_line import CommandLine, Running, free_port
from tests.numpy_agent import interpreter
from tests.waiting import PATIENCE, until

TOKEN = "0123456789abcdef0123"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class PartProcess:
    """One running `segsmith serve --part NAME`, reached on loopback as on a network of its own."""

    def __init__(self, command_line: CommandLine, name: str, *words: object) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command_line = command_line
        self._words = ("serve", "--part", name, "--port", self.port, *words)
        self.command = self._started()

    def end(self) -> int:
        """SIGTERM; the exit code."""
        if self.command.process.poll() is None:
            self.command.process.terminate()
        return self.command.wait()

    def restart(self) -> None:
        """Start it again on the same port, when it has ended."""
        self.command = self._started()

    def _started(self) -> Running:
        command = self._command_line.start(*self._words)
        until(lambda: command.output or command.process.poll() is not None, command.lines)
        assert command.process.poll() is None, command.lines
        return command


@dataclass(frozen=True)
class Parts:
    """What runs; `command_line` shares the orchestration part's home."""

    gui: PartProcess
    orchestration: PartProcess
    inference: PartProcess
    command_line: CommandLine

    def client(self) -> httpx.Client:
        """Signed in at the only address that people use."""
        return httpx.Client(
            base_url=self.gui.url, headers=BEARER, timeout=PATIENCE, trust_env=False
        )


@contextmanager
def running_parts(place: Path, *gui_words: object, step_seconds: float = 0.02) -> Iterator[Parts]:
    """Three processes with the datasets below `place`/datasets; jobs have the NumPy engine."""
    token = place / "token"
    token.write_text(TOKEN + "\n")
    python = str(interpreter(place, step_seconds))
    shared = CommandLine(
        place / "home", SEGSMITH_TORCH_PYTHON=python, SEGSMITH_TOKEN_FILE=str(token)
    )
    with ExitStack() as stack:

        def part(command_line: CommandLine, name: str, *words: object) -> PartProcess:
            process = PartProcess(command_line, name, *words)
            stack.callback(process.end)
            return process

        orchestration = part(shared, "orchestration", "--datasets", place / "datasets")
        inference = part(shared, "inference")
        addresses = {
            "SEGSMITH_TOKEN_FILE": str(token),
            "SEGSMITH_ORCHESTRATION_URL": orchestration.url,
            "SEGSMITH_INFERENCE_URL": inference.url,
        }
        homeless = CommandLine(place / "not-a-home", **addresses)
        gui = part(homeless, "gui", *gui_words)
        yield Parts(gui, orchestration, inference, shared)
