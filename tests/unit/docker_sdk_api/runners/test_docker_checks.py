"""What the runner needs is found out once for all pages that ask at the same time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from docker_sdk_api.home import Home
from docker_sdk_api.runners.docker import DockerRunner
from docker_sdk_api.runners.docker_images import job_images


async def test_pages_share_the_checks(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    address = f"unix://{tmp_path}/none.sock"
    runner = DockerRunner(home, job_images("a:1", "b:1", "c:1"), address=address)
    asked = 0
    facts = runner._asked_by_pages.facts

    def counted() -> dict[str, object]:
        nonlocal asked
        asked += 1
        return facts()

    runner._asked_by_pages.facts = counted  # type: ignore[method-assign]
    found = await asyncio.gather(*(runner.check() for _ in range(20)))
    assert asked == 1
    assert all(checks == found[0] for checks in found)
    assert [(check.name, check.ok) for check in found[0]] == [("docker", False)]
    await runner.close()
