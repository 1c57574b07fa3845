"""Serving the agent's HTTP API from a thread, on a unix socket or on TCP with a token."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.files import write_json
from training_api.spec.launch import Endpoint

_LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel takes 107."""


class AgentServer:
    """A context in which the job's own API is served; endpoint.json says where.

    A server that cannot start is reported on standard output and costs the job nothing.
    """

    def __init__(self, job: JobDirectory, attempt: AttemptDirectory, trainer_pid: int) -> None:
        self._job = job
        self._attempt = attempt
        self._trainer_pid = trainer_pid
        self._server: Any = None
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)
        self._socket_path = attempt.path / "agent.sock"

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.should_exit = True
            self._thread.join(5)
        for path in (self._attempt.endpoint_path, self._socket_path):
            with contextlib.suppress(OSError):
                path.unlink()

    def _run(self) -> None:
        try:
            self._serve()
        except Exception as error:
            print(f"The agent's API is not available: {error!r}", file=sys.stderr, flush=True)

    def _serve(self) -> None:
        import uvicorn

        from training_api.agent_http import application

        listening, endpoint = self._listen()
        app = application(self._job, self._attempt, self._trainer_pid, endpoint.token)
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        values = endpoint.model_dump(mode="json")
        write_json(self._attempt.endpoint_path, values, mode=0o600)
        self._server.run(sockets=[listening])

    def _listen(self) -> tuple[socket.socket, Endpoint]:
        """A listening socket, and how to reach it."""
        path = self._socket_path
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return _unix_socket(path), Endpoint(socket=str(path), pid=os.getpid())
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        return listening, Endpoint(url=url, token=secrets.token_urlsafe(32), pid=os.getpid())


def _unix_socket(path: Path) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # of an agent that was killed; the lock proves that it is gone
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.listen(64)
    return listening
