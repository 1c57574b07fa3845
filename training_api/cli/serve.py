"""segsmith serve: browser, API and inference on one port."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from training_api.cli.address import (
    PortInUse,
    check_public_url,
    is_loopback,
    listening_socket,
    read_token,
    require_token,
)
from training_api.cli.failure import Failure
from training_api.cli.home import home_option
from training_api.cli.screen import console
from training_api.spec.security import Policy

if TYPE_CHECKING:
    from docker_sdk_api.settings import Settings


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=4200, show_default=True, type=click.IntRange(1, 65535), help="Port."
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
@click.option("--train-sample", is_flag=True, help="Train the sample dataset if there is no job.")
@home_option
def command(
    host: str,
    port: int,
    datasets: tuple[Path, ...],
    token_file: Path | None,
    public_url: str | None,
    train_sample: bool,
    home: Path,
) -> None:
    """Serve browser, API and inference until Ctrl-C. Running jobs go on after it."""
    from docker_sdk_api.settings import Settings

    token = read_token(token_file)
    check_public_url(public_url)
    require_token(host, token)
    outside = frozenset[str]() if is_loopback(host) else frozenset({_host_name(host)})
    policy = Policy(token, public_url, outside)
    local_url = f"http://{_reachable(host)}:{port}"
    changes = {"home": home, "public_url": public_url or local_url, "needs_token": bool(token)}
    changes |= {"dataset_roots": datasets} if datasets else {}
    settings = Settings.from_environment().model_copy(update=changes)
    with _listener(host, port, home) as listener:
        asyncio.run(_serve(settings, policy, listener, local_url, train_sample=train_sample))


def _listener(host: str, port: int, home: Path) -> socket.socket:
    """The bound socket; if the port is taken by this home's own service, say that instead."""
    from training_api.cli.orchestrator import running_service

    try:
        return listening_socket(host, port)
    except PortInUse:
        service = asyncio.run(running_service(home))
        if service is not None:
            raise Failure(f"Segsmith already runs for {home}, at {service.url}.") from None
        raise


def _host_name(host: str) -> str:
    """As a Host header writes it."""
    return f"[{host}]" if ":" in host else host.lower()


def _reachable(host: str) -> str:
    """The name by which this machine reaches a socket bound to `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, _host_name(host))


async def _serve(
    settings: Settings, policy: Policy, listener: socket.socket, url: str, *, train_sample: bool
) -> None:
    from docker_sdk_api.home import Home
    from training_api.cli.api import Api
    from training_api.cli.composition import composed
    from training_api.cli.sample import train_the_sample
    from training_api.cli.server import serving
    from training_api.cli.server_log import write_log

    screen = console()
    ending = _ending()
    async with composed(settings, policy, pages=True) as app:
        write_log(settings.home / "log")
        async with serving(app, listener):
            with Home(settings.home).announced(url, policy.token):
                screen.print(f"Segsmith is at {policy.public_url or url} (Ctrl-C stops it)")
                async with Api(url, policy.token) as api:
                    sample = train_the_sample(api, url, screen) if train_sample else None
                    await _until(ending, sample)
            screen.print("Stopping. Running jobs go on; the next start finds them.")


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
