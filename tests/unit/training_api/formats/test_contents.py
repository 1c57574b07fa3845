"""What a folder holds is counted, also where some of its files are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training_jobs import CLASSES, make_dataset
from training_api.formats import scan_folder


def test_what_is_sound_is_counted_beside_the_errors(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    make_dataset(folder, count=5, height=48, width=64)
    whole = scan_folder(folder)
    broken = sorted((folder / "images").iterdir())[0]
    broken.write_bytes(broken.read_bytes()[:100])
    found = scan_folder(folder)
    assert whole.version is not None and found.version is None and found.problems
    for scan, images in ((whole, 5), (found, 4)):
        assert [entry.name for entry in scan.contents.classes] == CLASSES
        assert sum(entry.share for entry in scan.contents.classes) == pytest.approx(1, abs=1e-5)
        assert sum(entry.pixels for entry in scan.contents.classes) <= images * 48 * 64
        assert [size.model_dump() for size in scan.contents.sizes] == [
            {"width": 64, "height": 48, "count": images}
        ]
    (folder / "objectclasses.json").unlink()
    nameless = scan_folder(folder).contents
    assert nameless.classes == [] and nameless.sizes[0].count == 4
