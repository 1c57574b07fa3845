"""What a scanned folder is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training_jobs import make_dataset
from training_api.formats import scan_folder


def test_a_link_gives_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept elsewhere"
    make_dataset(folder, count=2)
    (tmp_path / "parts").symlink_to(folder)
    version = scan_folder(tmp_path / "parts").version
    assert version is not None
    assert version.name == "parts" and version.root == str(folder)
    assert version.id == scan_folder(folder, "parts").version.id  # type: ignore[union-attr]
    monkeypatch.chdir(folder / "images")
    above = scan_folder(Path("..")).version
    assert above is not None and above.name == "kept elsewhere"
