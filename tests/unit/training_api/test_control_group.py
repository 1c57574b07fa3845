"""A container's limits, as both versions of control groups show them."""

from __future__ import annotations

from pathlib import Path

from training_api.control_group import free_memory, oom_files


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_memory_that_is_left(tmp_path: Path) -> None:
    written(tmp_path / "one" / "memory" / "memory.limit_in_bytes", "300\n")
    written(tmp_path / "one" / "memory" / "memory.usage_in_bytes", "100\n")
    written(tmp_path / "two" / "memory.max", "500\n")
    written(tmp_path / "two" / "memory.current", "100\n")
    written(tmp_path / "free" / "memory.max", "max\n")
    written(tmp_path / "free" / "memory.current", "100\n")
    found = {name: free_memory(tmp_path / name) for name in ("one", "two", "free", "none")}
    assert found == {"one": 200, "two": 400, "free": None, "none": None}


def test_a_container_finds_its_own_kills_at_the_root_that_it_sees(tmp_path: Path) -> None:
    own = written(tmp_path / "cgroup", "9:name=systemd:/docker/0a\n3:cpu,memory:/docker/0a\n")
    root = tmp_path / "sys"
    control = written(root / "memory" / "memory.oom_control", "oom_kill 2\n")
    assert [path for path in oom_files(root, own) if path.exists()] == [control]
    inner = written(root / "memory" / "docker" / "0a" / "memory.oom_control", "oom_kill 1\n")
    assert next(path for path in oom_files(root, own) if path.exists()) == inner


def test_version_two(tmp_path: Path) -> None:
    own = written(tmp_path / "cgroup", "0::/system.slice/x.service\n")
    events = written(tmp_path / "system.slice" / "x.service" / "memory.events", "oom_kill 0\n")
    assert next(path for path in oom_files(tmp_path, own) if path.exists()) == events
    assert oom_files(tmp_path, tmp_path / "absent")[0] == tmp_path / "memory.events"
