"""segsmith serve: browser, API and inference on one port, or one of them on a port of its own."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from training_api.cli.address import (
    PortInUse,
    check_names,
    check_public_url,
    host_name,
    listening_socket,
    own_names,
    part_address,
    reachable,
    read_token,
    require_token,
)
from training_api.cli.failure import Failure
from training_api.cli.greeting import greeting
from training_api.cli.home import home_option
from training_api.cli.part import Part
from training_api.cli.screen import console
from training_api.spec.security import Policy
from training_api.spec.security.asgi import App

if TYPE_CHECKING:
    from docker_sdk_api.settings import Settings


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    show_default="4200; orchestration 4222, inference 4343",
    help="Port.",
)
@click.option(
    "--datasets",
    multiple=True,
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Folder whose subfolders are offered as datasets; may be repeated. "
    "[default: SEGSMITH_DATASETS or ./datasets]",
)
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="SEGSMITH_TOKEN_FILE",
    help="File with the token that users sign in with; needed beyond 127.0.0.1.",
)
@click.option(
    "--public-url", envvar="SEGSMITH_PUBLIC_URL", help="Address that a reverse proxy shows."
)
@click.option(
    "--name",
    "names",
    multiple=True,
    envvar="SEGSMITH_NAMES",
    help="Another name or address of this server, without a port; may be repeated.",
)
@click.option("--train-sample", is_flag=True, help="Train the sample dataset if there is no job.")
@click.option(
    "--part",
    type=click.Choice([*Part]),
    default=Part.all,
    show_default=True,
    help="What this process serves. All parts of one installation read the same token.",
)
@click.option(
    "--orchestration-url",
    envvar="SEGSMITH_ORCHESTRATION_URL",
    help="Where the gui part finds the orchestration part.",
)
@click.option(
    "--inference-url",
    envvar="SEGSMITH_INFERENCE_URL",
    help="Where the gui part finds the inference part.",
)
@home_option
def command(
    host: str,
    port: int | None,
    datasets: tuple[Path, ...],
    token_file: Path | None,
    public_url: str | None,
    names: tuple[str, ...],
    train_sample: bool,
    part: str,
    orchestration_url: str | None,
    inference_url: str | None,
    home: Path,
) -> None:
    """Serve browser, API and inference until Ctrl-C. Running jobs go on after it."""
    from docker_sdk_api.settings import Settings

    own = Part(part)
    port = port or own.port
    if train_sample and not own.orchestrates:
        raise Failure(f"--train-sample: the {own} part trains nothing.")
    token = read_token(token_file)
    require_token(host, token, own)
    policy = _policy(host, token, public_url, names)
    url = f"http://{reachable(host)}:{port}"
    changes: dict[str, Any] = {"home": home, "needs_token": bool(token), "public_url": public_url}
    changes |= {"dataset_roots": datasets} if datasets else {}
    settings = Settings.from_environment().model_copy(update=changes)
    served = _Served(own, settings, policy, host, url)
    app = served.application(orchestration_url, inference_url)
    with served.listener(host, port) as listener:
        asyncio.run(served.run(app, listener, train_sample=train_sample))


def _policy(host: str, token: str | None, public_url: str | None, names: tuple[str, ...]) -> Policy:
    check_public_url(public_url)
    check_names(names)
    return Policy(token, public_url, frozenset(map(host_name, (*own_names(host), *names))))


@dataclass(frozen=True)
class _Served:
    """What this process serves, to whom, and at which address of this machine."""

    part: Part
    settings: Settings
    policy: Policy
    host: str
    url: str

    def application(
        self, orchestration_url: str | None, inference_url: str | None
    ) -> AbstractAsyncContextManager[App]:
        """What answers. Raises InvalidSpec if the gui part lacks the others' addresses."""
        from training_api.cli import composition

        match self.part:
            case Part.all:
                return composition.composed(self.settings, self.policy, pages=True)
            case Part.orchestration:
                return composition.orchestration_part(self.settings, self.policy)
            case Part.inference:
                return composition.inference_part(self.settings, self.policy)
            case Part.gui:
                orchestration = part_address("--orchestration-url", orchestration_url)
                inference = part_address("--inference-url", inference_url)
                return composition.gui_part(orchestration, inference, self.policy)

    def listener(self, host: str, port: int) -> socket.socket:
        """The bound socket; if the port is taken by this home's own service, say that instead."""
        from training_api.cli.orchestrator import running_service

        try:
            return listening_socket(host, port)
        except PortInUse:
            home = self.settings.home
            found = asyncio.run(running_service(home)) if self.part.orchestrates else None
            if found is not None:
                raise Failure(f"Segsmith already runs for {home}, at {found.url}.") from None
            raise

    async def run(
        self,
        application: AbstractAsyncContextManager[App],
        listener: socket.socket,
        *,
        train_sample: bool,
    ) -> None:
        """Answer until a signal comes."""
        from docker_sdk_api.home import Home
        from training_api.cli.api import Api
        from training_api.cli.sample import train_the_sample
        from training_api.cli.server import serving
        from training_api.cli.server_log import write_log

        screen = console()
        ending = _ending()
        home = Home(self.settings.home) if self.part.orchestrates else None
        async with application as app:
            write_log(home.logs if home else None)
            async with serving(app, listener):
                with home.announced(self.url, self.policy.token) if home else nullcontext():
                    screen.print(self._greeting(screen.is_terminal))
                    async with Api(self.url, self.policy.token) as api:
                        sample = train_the_sample(api, self.url, screen) if train_sample else None
                        await _until(ending, sample)
                screen.print("Stopping. Running jobs go on; the next start finds them.")

    def _greeting(self, terminal: bool) -> str:
        shown = self.policy.public_url
        return greeting(self.part, self.host, self.url, shown, terminal=terminal)


def _ending() -> asyncio.Event:
    """Set by the first Ctrl-C or SIGTERM; from the second on they act as usual."""
    loop = asyncio.get_running_loop()
    ending = asyncio.Event()

    def end() -> None:
        ending.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    return ending


async def _until(ending: asyncio.Event, work: Coroutine[Any, Any, None] | None) -> None:
    """Wait for `ending`; `work` goes on beside it and is given up then."""
    task = asyncio.create_task(work) if work is not None else None
    await ending.wait()
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
