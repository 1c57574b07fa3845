"""The datasets of this installation: folders below the roots, and registered versions."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from docker_sdk_api.datasets.check import DatasetCheck, fingerprint, glance, image_count
from docker_sdk_api.datasets.preview import Kind, draw
from docker_sdk_api.home import Home, is_id
from training_api.formats import scan_folder
from training_api.spec.clock import now
from training_api.spec.dataset import DatasetVersion
from training_api.spec.errors import InvalidDataset, NotFound
from training_api.spec.files import read_json, write_json
from training_api.spec.pool import ChildPool

_VERSIONS_IN_MEMORY = 8


@dataclass(frozen=True)
class DatasetFolder:
    """A dataset by name: a folder below a root, or that of a registered version."""

    name: str
    path: Path


class DatasetLibrary:
    """Lists, checks and loads datasets. Blocking; foreign bytes are read in the pools only."""

    def __init__(
        self, home: Home, roots: tuple[Path, ...], checks: ChildPool, previews: ChildPool
    ) -> None:
        self._home = home
        self._roots = roots
        self._checks = checks
        self._previews = previews
        self._guard = threading.Lock()
        self._checking: dict[str, threading.Lock] = {}
        self._origins: dict[str, tuple[str, DatasetFolder]] = {}
        self._versions: OrderedDict[str, DatasetVersion] = OrderedDict()

    def folders(self) -> list[DatasetFolder]:
        """All datasets by name. A folder below a root comes before a version of the same name."""
        found: dict[str, DatasetFolder] = {}
        for root in self._roots:
            if root.is_dir():
                for path in sorted(root.iterdir()):
                    own = path.name.startswith(".") or path.name == "__pycache__"
                    if path.is_dir() and not own:
                        found.setdefault(path.name, DatasetFolder(path.name, path.resolve()))
        for _, folder in sorted(self._registered(), key=lambda entry: entry[0], reverse=True):
            if folder.path.is_dir():
                found.setdefault(folder.name, folder)
        return [found[name] for name in sorted(found)]

    def _registered(self) -> list[tuple[str, DatasetFolder]]:
        """(time of creation, folder) of every version; read once, as versions never change."""
        for path in self._home.datasets.glob("dv-*.json"):
            if path.stem not in self._origins:
                version = self.version(path.stem)
                folder = DatasetFolder(version.name, Path(version.root))
                self._origins[path.stem] = (version.created, folder)
        return [*self._origins.values()]

    def folder(self, name: str) -> DatasetFolder:
        """The dataset of this name, found by listing: a name never becomes a path."""
        for folder in self.folders():
            if folder.name == name:
                return folder
        known = ", ".join(folder.name for folder in self.folders()) or "none"
        raise NotFound(f"There is no dataset '{name}'. Known datasets: {known}.", field="dataset")

    def check(self, name: str) -> DatasetCheck:
        """The outcome for the folder as it is now; read again only if something changed."""
        folder = self.folder(name)
        with self._guard:
            lock = self._checking.setdefault(name, threading.Lock())
        with lock:
            present = fingerprint(folder.path)
            last = self.last_check(folder)
            if last is not None and last.fingerprint == present:
                return last
            return self._scan(folder, present)

    def is_checking(self, name: str) -> bool:
        """True while a check of this dataset goes on."""
        with self._guard:
            lock = self._checking.get(name)
        return lock is not None and lock.locked()

    def _scan(self, folder: DatasetFolder, present: str) -> DatasetCheck:
        at_a_glance = glance(folder.path)
        scan = self._checks.run(scan_folder, folder.path, folder.name)
        if scan.version is not None:
            scan.version.save(self._home.datasets)
        outcome = DatasetCheck(
            name=folder.name,
            folder=str(folder.path),
            fingerprint=present,
            glance=at_a_glance,
            version=scan.version.id if scan.version else None,
            images=len(scan.version.samples) if scan.version else image_count(folder.path),
            problems=scan.problems,
            contents=scan.contents,
            checked=now(),
        )
        path = self._check_path(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, outcome.model_dump(mode="json", by_alias=True))
        return outcome

    def last_check(self, folder: DatasetFolder) -> DatasetCheck | None:
        """The last outcome for this folder, if files have not come or gone since."""
        path = self._check_path(folder)
        if not path.exists():
            return None
        check = DatasetCheck.model_validate(read_json(path))
        if check.version is not None and not self.has_version(check.version):
            return None
        return check if check.glance == glance(folder.path) else None

    def _check_path(self, folder: DatasetFolder) -> Path:
        key = hashlib.sha256(f"{folder.name}\0{folder.path}".encode()).hexdigest()[:24]
        return self._home.cache / "checks" / f"{key}.json"

    def has_version(self, version_id: str) -> bool:
        """True if the manifest is here."""
        return is_id(version_id) and (self._home.datasets / f"{version_id}.json").exists()

    def version(self, version_id: str) -> DatasetVersion:
        """A version by id; the last few stay in memory, as they never change. Raises NotFound."""
        with self._guard:
            if version_id in self._versions:
                self._versions.move_to_end(version_id)
                return self._versions[version_id]
        if not self.has_version(version_id):
            raise NotFound(
                f"There is no dataset version '{version_id}'. Check the dataset to get one.",
                field="dataset",
            )
        version = DatasetVersion.load(self._home.datasets / f"{version_id}.json")
        with self._guard:
            self._versions[version_id] = version
            while len(self._versions) > _VERSIONS_IN_MEMORY:
                self._versions.popitem(last=False)
        return version

    def place(self, version: DatasetVersion) -> Path:
        """The folder to type in a command: the link below a root by which the dataset is known,
        else the folder itself.
        """
        folder = Path(version.root)
        for root in self._roots:
            place = root.absolute() / version.name
            with contextlib.suppress(OSError, RuntimeError):  # a link that leads to itself
                if place.resolve() == folder:
                    return place
        return folder

    def preview_path(self, version: DatasetVersion, stem: str, kind: Kind, size: int) -> Path:
        """The PNG of one sample, made when it is first asked for. Raises NotFound."""
        sample = next((entry for entry in version.samples if entry.stem == stem), None)
        if sample is None:
            raise NotFound(f"Dataset '{version.name}' has no image '{stem}'.")
        key = hashlib.sha256(stem.encode()).hexdigest()[:24]
        path = self._home.cache / "previews" / version.id / f"{key}-{kind}-{size}.png"
        if path.exists():
            return path
        root = Path(version.root)
        files = [root / sample.image.path, root / sample.label.path]
        for file in files:
            if not file.is_file():
                raise InvalidDataset(f"{file} is gone. Restore it, or check the dataset again.")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._previews.run(draw, files[0], files[1], version.classes, kind, size, path)
        return path
