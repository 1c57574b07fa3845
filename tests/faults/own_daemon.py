"""A Docker daemon of the tests' own, to be killed and restarted; another than that of the run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.docker_engine import DockerEngine

SECONDS = 300.0


class OwnDaemon:
    """dockerd over `data`, in a network namespace of its own.

    Without one it would take the bridge away that the machine's own daemon works with.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._place = Path(tempfile.mkdtemp(prefix="segsmith-faults-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.engine = DockerEngine(host=f"unix://{self._place}/docker.sock", own=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._data.mkdir(parents=True, exist_ok=True)
        command = ["unshare", "--net", "dockerd", "--data-root", str(self._data)]
        command += ["--exec-root", f"{self._place}/exec"]
        command += ["--host", self.engine.host, "--pidfile", f"{self._place}/pid"]
        command += ["--bridge", "none", "--iptables=false", "--ip6tables=false"]
        log = self._data.with_name(f"{self._data.name}.log")
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, stdout=out, stderr=out, start_new_session=True
            )
        deadline = time.monotonic() + SECONDS
        while self._asked("info") != 0:
            assert self._process.poll() is None, f"dockerd ended; see {log}"
            assert time.monotonic() < deadline, f"dockerd does not answer; see {log}"
            time.sleep(0.1)

    def kill(self) -> None:
        """kill -9 of dockerd, and with it of its containerd: containers go on."""
        self._end(signal.SIGKILL)
        # A containerd that no init has reaped yet would count as one that runs.
        for name in ("pid", "docker.sock", "exec/containerd/containerd.pid"):
            (self._place / name).unlink(missing_ok=True)

    def stop(self) -> None:
        """As `systemctl stop docker` does."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(SECONDS)
            self._process = None

    def close(self) -> None:
        """End all that is left of it."""
        if self._process is None:
            self.start()  # takes over containers and containerd of one that was killed
        if found := self.engine.docker("ps", "--all", "--quiet").split():
            self.engine.docker("rm", "--force", *found)
        self.stop()
        self._end_containerd()
        self._unmount()
        shutil.rmtree(self._place, ignore_errors=True)

    def _end_containerd(self) -> None:
        path = self._place / "exec" / "containerd" / "containerd.pid"
        if not path.exists():
            return
        number = int(path.read_text())
        line = Path(f"/proc/{number}/cmdline")
        if line.exists() and str(self._place).encode() in line.read_bytes():
            os.kill(number, signal.SIGTERM)

    def _unmount(self) -> None:
        """What a dockerd that was killed left mounted, its data folder on itself among it."""
        own = (f" {self._place}/", f" {self._data.resolve()} ")
        lines = Path("/proc/mounts").read_text().splitlines()
        mounts = [line.split()[1] for line in lines if any(path in line for path in own)]
        for mount in sorted(mounts, reverse=True):
            subprocess.run(["umount", "--lazy", mount], capture_output=True)

    def _asked(self, word: str) -> int:
        return subprocess.run(
            ["docker", "-H", self.engine.host, word], capture_output=True
        ).returncode

    def take(self, image: str, source: DockerEngine) -> None:
        """Copy an image from another engine, unless it is there."""
        wanted = source.docker("image", "inspect", "--format", "{{.Id}}", image)
        known = self.engine.docker("image", "ls", "--no-trunc", "--format", "{{.ID}}", image)
        if wanted in known.split():
            return
        with subprocess.Popen(
            ["docker", "save", image], env=source.environment, stdout=subprocess.PIPE
        ) as save:
            load = ["docker", "load", "--quiet"]
            subprocess.run(load, env=self.engine.environment, stdin=save.stdout, check=True)
        self.engine.docker("image", "prune", "--force")  # the one of an earlier run
