"""Weights into an image while it is built: `python -m training_api.preload light|mid|heavy FOLDER`.

The downloader is that of fetch jobs: a build that broke off and kept FOLDER goes on where it was.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from training_api.download import PAUSES
from training_api.fetching import Fetching
from training_api.spec.errors import SegsmithError
from training_api.weights.cache import WeightsCache
from training_api.weights.record import WeightsRecord
from training_api.weights.selection import NETWORKS, Amount, selected
from training_api.weights.weight_file import WeightFile


class Console:
    """Tells on standard output, as a build shows it."""

    def __init__(self) -> None:
        self._told = 0

    def say(self, text: str) -> None:
        """One line."""
        print(text, flush=True)

    def notice(self, message: str) -> None:
        """One line."""
        self.say(f"Notice: {message}")

    def progress(self, size: int, total: int | None) -> None:
        """A line for each tenth of a file."""
        tenth = size * 10 // total if total else 0
        if tenth != self._told:
            self.say(f"  {tenth * 10} %")
        self._told = tenth


def preload(
    files: tuple[WeightFile, ...], folder: Path, pauses: tuple[float, ...] = PAUSES
) -> None:
    """Bring `files` into `folder`, laid out as a cache. Raises what ends a fetch job."""
    folder.mkdir(parents=True, exist_ok=True)
    cache = WeightsCache(folder)
    for number, file in enumerate(files, start=1):
        console = Console()
        console.say(f"{number} of {len(files)}: {file.id} ({file.title}). Licence: {file.licence}.")
        record = Fetching(file, cache, console, lambda: False, pauses).run()
        if record is not None:
            _without_original(cache, file, record)
    shutil.rmtree(folder / "incoming", ignore_errors=True)


def _without_original(cache: WeightsCache, file: WeightFile, record: WeightsRecord) -> None:
    """A .pth was converted; nobody reads it again, and it would double the image's share."""
    if record.loaded != record.file:
        (cache.folder(file) / record.file).unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    """The command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training_api.preload", description=__doc__)
    parser.add_argument("amount", type=Amount, choices=[*Amount])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--networks", type=Path, default=NETWORKS, metavar="FILE")
    wanted = parser.parse_args(arguments)
    try:
        files = selected(wanted.amount, wanted.networks)
        preload(files, wanted.folder)
    except (SegsmithError, OSError) as error:
        print(f"Weights could not be brought into the image: {error}", file=sys.stderr)
        return 1
    print(f"{len(files)} files of weights are in {wanted.folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
