"""Published weights on this machine: one folder per file, with a record that says all about it.

```
$SEGSMITH_HOME/weights/
  HOST/NAME/FILE                   as published (.params, .safetensors or .pth)
  HOST/NAME/model.safetensors      a .pth once converted (see conversion)
  HOST/NAME/record.json            written last: a folder without it does not count
  incoming/                        downloads on their way
  classifiers/NAME/                what the user brings (see classifier)
```

Besides, an image may have brought files in a folder of its own (see seed).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from training_api.spec.clock import now
from training_api.spec.errors import Corrupt, NotFound, SegsmithError
from training_api.spec.files import sha256_of, sync_folder, write_json
from training_api.spec.installation import command_word
from training_api.weights.record import RECORD, WeightsRecord, read_record
from training_api.weights.seed import Seed, seed_folder
from training_api.weights.weight_file import Digest, WeightFile

CONVERTED = "model.safetensors"


class WrongDigest(SegsmithError):
    """A file is not what its publisher published."""

    code = "wrong_digest"
    status = 409


class WeightsCache:
    """The folder `root` ($SEGSMITH_HOME/weights). Readers need no lock: what has a record is whole.

    To add a file, let it arrive at `incoming(file)` and call `accept`. `seed` is a second folder
    of the same layout that is only read; what it holds is `present`, and trainers can read it
    after `take_over`.
    """

    def __init__(self, root: Path, seed: Path | None = None) -> None:
        self.root = root
        folder = seed or seed_folder()
        self._seed = Seed(folder) if folder else None

    def folder(self, file: WeightFile) -> Path:
        """Where a file and its record lie, or will."""
        return self.root / file.host / file.name

    def incoming(self, file: WeightFile) -> Path:
        """A path on the same filesystem for a download in progress; its folder is made.

        It is always the same, so that a download that broke off can go on; see `alone`.
        """
        folder = self.root / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{file.host}-{file.name}.part"

    @contextmanager
    def alone(self, file: WeightFile) -> Iterator[bool]:
        """Whether nobody else brings this file now; if so, nobody does while the context lives."""
        with self.incoming(file).with_suffix(".lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def record_path(self, file: WeightFile) -> Path:
        """Where the record lies, or will."""
        return self.folder(file) / RECORD

    def record(self, file: WeightFile) -> WeightsRecord | None:
        """What is known of a file that is below `root`. Raises Corrupt for a torn record."""
        return read_record(self.folder(file))

    def present(self, file: WeightFile) -> WeightsRecord | None:
        """The record of a file that is here, the seed included; its bytes are not read."""
        with contextlib.suppress(Corrupt):
            own = self.record(file)
            if own is not None and (self.folder(file) / own.loaded).is_file():
                return own
        return self._seed.record(file) if self._seed else None

    def take_over(self, file: WeightFile) -> WeightsRecord | None:
        """Copy a file of the seed to its place below `root`, unless it is there; None without one.

        Raises Corrupt when the seed was changed since it was made, OutOfSpace.
        """
        if self._seed is None or self._seed.record(file) is None:
            return None
        incoming = self.incoming(file)
        with incoming.with_suffix(".seed.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.suppress(NotFound, Corrupt):
                return self.verified(file)[0]
            return self._seed.place(file, self.folder(file), incoming.with_suffix(".seed"))

    def verified(self, file: WeightFile) -> tuple[WeightsRecord, Path]:
        """The record and the path of the file that trainers read, its hash compared.

        Raises NotFound when it is not here, Corrupt when it was changed.
        """
        record = self.record(file)
        if record is None:
            raise NotFound(f"The weights '{file.id}' are not on this machine.")
        path = self.folder(file) / record.loaded
        if not path.is_file() or sha256_of(path) != record.loaded_sha256:
            raise Corrupt(
                f"{path} is missing or was changed since it came. Bring it again with "
                f"`{command_word()} weights fetch {file.id}`."
            )
        return record, path

    def accept(
        self,
        file: WeightFile,
        arrived: Path,
        *,
        source: str,
        published: Digest | None = None,
        revision: str | None = None,
        convert: Callable[[Path, Path], None] | None = None,
    ) -> WeightsRecord:
        """Check what arrived (the weights file itself, unpacked), move it in place, record it.

        `published` is a digest that the host named with the download; every known one must match.
        `convert(pth, safetensors)` is called for pickled files, see `conversion.convert`. Raises
        WrongDigest (the file is left where it arrived) or what `convert` raises; then nothing is
        recorded.
        """
        checked = check_digest(file, arrived, published)
        folder = self.folder(file)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        path = loaded = folder / file.file
        os.replace(arrived, path)
        if file.pickled:
            if convert is None:
                raise TypeError(f"{file.id} is pickled: accept needs `convert`")
            loaded = folder / CONVERTED
            convert(path, loaded)
        origin = (source, revision or file.revision)
        record = _record_of(file, path, loaded, checked, origin)
        write_json(folder / RECORD, record.model_dump(mode="json", by_alias=True))
        sync_folder(folder.parent)
        return record

    def remove(self, file: WeightFile) -> None:
        """Forget a file; harmless when it is not here."""
        self.record_path(file).unlink(missing_ok=True)
        shutil.rmtree(self.folder(file), ignore_errors=True)


def _record_of(
    file: WeightFile,
    path: Path,
    loaded: Path,
    checked: str | None,
    origin: tuple[str, str | None],
) -> WeightsRecord:
    source, revision = origin
    return WeightsRecord(
        id=file.id,
        file=file.file,
        size=path.stat().st_size,
        sha256=sha256_of(path),
        checked=checked,
        loaded=loaded.name,
        loaded_sha256=sha256_of(loaded),
        source=source,
        revision=revision,
        licence=file.licence,
        added=now(),
    )


def check_digest(file: WeightFile, path: Path, published: Digest | None = None) -> str | None:
    """The strongest published digest that `path` matches, as ALGORITHM:HEX; None if none is known.

    Raises WrongDigest.
    """
    known = [digest for digest in (published, file.digest) if digest is not None]
    if not known:
        return None
    best = max(known, key=lambda digest: (digest.algorithm == "sha256", len(digest.value)))
    for digest in known:
        with path.open("rb") as opened:
            seen = hashlib.file_digest(opened, digest.algorithm).hexdigest()
        if not seen.startswith(digest.value):
            raise WrongDigest(
                f"{path.name} is not the file that was published as {file.id}: its "
                f"{digest.algorithm.upper()} is {seen} and should begin with {digest.value}. "
                "Fetch it again; if it comes from a mirror, tell its keeper."
            )
    return str(best)
