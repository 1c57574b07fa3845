"""$SEGSMITH_HOME: its layout, its lock, and the file by which clients find the service."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training_api.spec.directory import JobDirectory
from training_api.spec.errors import Conflict, NotFound, OutOfSpace
from training_api.spec.files import write_atomically, write_json

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_naming = threading.Lock()


class NotAHome(Conflict):
    """The folder belongs to something else."""

    code = "not_a_home"


class HomeNotOurs(Conflict):
    """The account that we run as may not write there."""

    code = "home_not_writable"


class HomeInUse(Conflict):
    """Another process already orchestrates this home."""

    code = "home_in_use"


def is_id(text: str) -> bool:
    """True for what we hand out as ids; everything else never reaches the file system."""
    return _ID.fullmatch(text) is not None and ".." not in text


@dataclass(frozen=True)
class Home:
    """The folders of one installation, all on one filesystem."""

    path: Path

    def create(self) -> None:
        """Make the folders that are missing."""
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def _folders(self) -> tuple[Path, ...]:
        return self.jobs, self.datasets, self.models, self.weights, self.logs, self.cache

    @property
    def database(self) -> Path:
        """The index of jobs; can be rebuilt from `jobs`."""
        return self.path / "segsmith.db"

    @property
    def jobs(self) -> Path:
        """One job directory per id."""
        return self.path / "jobs"

    @property
    def datasets(self) -> Path:
        """Manifests of dataset versions, ID.json."""
        return self.path / "datasets"

    @property
    def models(self) -> Path:
        """Published models, one folder per id."""
        return self.path / "models"

    @property
    def weights(self) -> Path:
        """Downloaded weights."""
        return self.path / "weights"

    @property
    def logs(self) -> Path:
        """The service's own log."""
        return self.path / "log"

    @property
    def cache(self) -> Path:
        """What can be made again: previews and outcomes of dataset checks."""
        return self.path / "cache"

    @property
    def measurements(self) -> Path:
        """How fast networks trained on this machine."""
        return self.path / "measurements.json"

    @property
    def profiles(self) -> Path:
        """What trainings take on this machine, as far as it was measured."""
        return self.path / "profiles.json"

    @property
    def service_file(self) -> Path:
        """`{"url", "token", "pid"}` of the running service, readable by its owner only."""
        return self.path / "service.json"

    def installation(self) -> str:
        """32 hexadecimal digits that no other installation has; made when first asked for.

        They hold for this very folder: a copy of it is another installation, with a number of its
        own, and so never takes the containers of the first for its own.
        """
        path, bond = self.path / "installation", self.path / "installation.folder"
        folder = self.path.stat()
        here = f"{folder.st_dev}:{folder.st_ino}\n"
        with _naming:
            if not path.exists() or not bond.exists() or bond.read_text() != here:
                write_atomically(path, f"{secrets.token_hex(16)}\n".encode())
                write_atomically(bond, here.encode())
            return path.read_text().strip()

    def job(self, job_id: str) -> JobDirectory:
        """The directory of a job. Raises NotFound for what cannot be an id."""
        if not is_id(job_id):
            raise NotFound("There is no such job.")
        return JobDirectory(self.jobs / job_id)

    def request_stop(self, job_id: str, attempt: int) -> None:
        """Write the attempt's stop file; harmless when it is there."""
        files = self.job(job_id).attempt(attempt)
        if not files.stop_path.exists():
            files.path.mkdir(parents=True, exist_ok=True)
            write_atomically(files.stop_path, b"")

    def require_own(self) -> None:
        """Raise NotAHome for a folder in which something else lives, `/var` for one."""
        present = {entry.name for entry in self.path.iterdir()} if self.path.is_dir() else set()
        ours = {self.database.name, "jobs", "datasets", "models", "weights", "installation"}
        if present and not present & ours and not (self.path / "lock").is_file():
            raise NotAHome(
                f"{self.path} holds other files and no data of Segsmith. Name another folder "
                "with --home or SEGSMITH_HOME."
            )

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Be the one orchestrator of this home.

        Raises HomeInUse, naming the other's process, NotAHome and HomeNotOurs.
        """
        descriptor = self._opened_lock()
        try:
            self._take(descriptor)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def _opened_lock(self) -> int:
        try:
            self.require_own()
            self.path.mkdir(parents=True, exist_ok=True)
            for folder in self._folders:
                # Docker makes what is missing of a mount, and makes it root's.
                if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
                    raise self._not_ours(folder)
            return os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as error:
            raise self._not_ours(self.path) from error

    def _not_ours(self, folder: Path) -> HomeNotOurs:
        account = f"{os.geteuid()}:{os.getegid()}"
        return HomeNotOurs(
            f"The account {account} may not write in {folder}. Give it the folder "
            f"(`chown -R {account} {self.path}`), or set SEGSMITH_HOME to another one."
        )

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise HomeInUse(
                f"Another Segsmith (process {owner}) already works in {self.path}. "
                "Use that one, stop it, or set SEGSMITH_HOME to another folder."
            ) from error

    @contextlib.contextmanager
    def announced(self, url: str, token: str | None) -> Iterator[None]:
        """Tell clients on this machine where the service is, as long as it is there."""
        announcement = {"schema": 1, "url": url, "token": token, "pid": os.getpid()}
        write_json(self.service_file, announcement, mode=0o600)
        try:
            yield
        finally:
            self.service_file.unlink(missing_ok=True)

    def free_space(self) -> int:
        """Bytes that are free on the home's filesystem."""
        return shutil.disk_usage(self.path).free

    def require_space(self, reserve: int) -> None:
        """Raise OutOfSpace when fewer than `reserve` bytes are free."""
        free = self.free_space()
        if free < reserve:
            raise OutOfSpace(
                f"Only {_megabytes(free)} MB are free in {self.path} and {_megabytes(reserve)} MB "
                "are needed. Delete old jobs or models, or free space otherwise."
            )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f}"
