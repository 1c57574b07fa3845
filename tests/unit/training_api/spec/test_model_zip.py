"""A model's folder as a ZIP."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from training_api.spec.model_zip import zip_pieces


def test_large_files_are_zipped_in_pieces(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "exports").mkdir(parents=True)
    content = bytes(range(256)) * 20_000
    (folder / "exports" / "weights.bin").write_bytes(content)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "link").symlink_to("/etc/passwd")
    pieces = list(zip_pieces(folder))
    assert len(pieces) > 3
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.namelist() == ["empty.txt", "exports/weights.bin"]
        assert archive.read("exports/weights.bin") == content
