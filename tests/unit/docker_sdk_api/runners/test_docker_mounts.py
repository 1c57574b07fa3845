"""From our paths to the host's."""

from __future__ import annotations

from pathlib import Path

import pytest

from docker_sdk_api.runners.docker_mounts import HostPaths, Unproven, mount, own_container

OWN = {
    "Mounts": [
        {"Type": "bind", "Source": "/srv/segsmith", "Destination": "/data/segsmith"},
        {
            "Type": "volume",
            "Source": "/var/lib/docker/volumes/d/_data",
            "Destination": "/data/sets",
        },
    ]
}


def test_on_the_host_paths_are_what_they_are() -> None:
    paths = HostPaths.of_container(None)
    assert paths.source("/data/segsmith/jobs") == "/data/segsmith/jobs"


def test_in_a_container_they_are_the_sources_of_its_mounts() -> None:
    paths = HostPaths.of_container(OWN)
    placed = paths.placed([mount("/data/segsmith/jobs/job-1", writable=True), mount("/data/sets")])
    assert [(entry["Source"], entry["Target"], entry["ReadOnly"]) for entry in placed] == [
        ("/srv/segsmith/jobs/job-1", "/data/segsmith/jobs/job-1", False),
        ("/var/lib/docker/volumes/d/_data", "/data/sets", True),
    ]


def test_what_is_in_no_mount_has_no_source() -> None:
    with pytest.raises(Unproven, match=r"^/elsewhere/x is in no mount.* Mount a folder"):
        HostPaths.of_container(OWN).placed([mount("/elsewhere/x")])


def test_our_own_container_is_known_by_its_mounts(tmp_path: Path) -> None:
    table, name = tmp_path / "mountinfo", "0a" * 32
    table.write_text(
        "1 0 0:1 / / rw - overlay overlay rw\n"
        f"2 1 8:1 /var/lib/docker/containers/{name}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n"
    )
    assert own_container(table) == name
    shared = f"/var/lib/docker/containers/{name}/mounts/shm"
    table.write_text(
        f"2 1 0:9 / {shared} rw - tmpfs shm rw\n3 1 8:1 {shared} {shared} rw - x y rw\n"
    )
    assert own_container(table) is None, "a host sees this of containers with shareable memory"
    table.write_text("1 0 0:1 / / rw - ext4 /dev/sda1 rw\n")
    assert own_container(table) is None
    assert own_container(tmp_path / "none") is None
