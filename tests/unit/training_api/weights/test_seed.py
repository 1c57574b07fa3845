"""Weights that came with the installation, in a folder that is only read."""

from __future__ import annotations

import errno
import shutil
import threading
from pathlib import Path

import pytest

from tests.unit.training_api.weights.test_cache import CONTENT, arrived, published, sha1
from training_api.spec.errors import Corrupt, NotFound
from training_api.weights.cache import WeightsCache
from training_api.weights.record import RECORD
from training_api.weights.seed import SEED

FILE = published(sha1(CONTENT))


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A folder with one file."""
    cache = WeightsCache(tmp_path / "seed")
    cache.accept(FILE, arrived(cache, FILE), source="http://mirror/net.params")
    return cache.root


@pytest.fixture
def cache(tmp_path: Path, seed: Path) -> WeightsCache:
    return WeightsCache(tmp_path / "home" / "weights", seed)


def read_only(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_of_the_seed_is_present_and_taken_over_when_needed(
    cache: WeightsCache, seed: Path
) -> None:
    before = read_only(seed)
    present = cache.present(FILE)
    assert present is not None and present.source == "http://mirror/net.params"
    assert cache.record(FILE) is None
    with pytest.raises(NotFound):
        cache.verified(FILE)
    assert cache.take_over(FILE) == present
    record, path = cache.verified(FILE)
    assert record == present and path.read_bytes() == CONTENT
    assert path.is_relative_to(cache.root) and read_only(seed) == before


def test_what_is_there_already_stays(cache: WeightsCache, tmp_path: Path) -> None:
    own = WeightsCache(cache.root)
    own.accept(FILE, arrived(own, FILE), source="by hand")
    taken = cache.take_over(FILE)
    present = cache.present(FILE)
    assert taken is not None and present is not None
    assert taken.source == present.source == "by hand"


def test_a_torn_file_is_replaced_by_the_seed_s(cache: WeightsCache) -> None:
    cache.take_over(FILE)
    (cache.folder(FILE) / RECORD).write_text("{")
    present = cache.present(FILE)
    assert present is not None and cache.take_over(FILE) == present
    assert cache.verified(FILE)[0] == present


def test_a_seed_that_was_changed_gives_nothing(cache: WeightsCache, seed: Path) -> None:
    (seed / FILE.host / FILE.name / FILE.file).write_bytes(b"others")
    with pytest.raises(Corrupt, match="changed since it came"):
        cache.take_over(FILE)
    assert cache.record(FILE) is None
    assert not [path for path in cache.root.rglob("*") if path.name.startswith(FILE.file)]
    (seed / FILE.host / FILE.name / RECORD).write_text("{")
    assert cache.present(FILE) is None and cache.take_over(FILE) is None


def test_a_seed_that_this_account_may_not_read_is_named(
    cache: WeightsCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(source: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(source))

    monkeypatch.setattr(shutil, "copyfile", forbidden)
    with pytest.raises(Corrupt, match=rf"{FILE.file} cannot be read by this account"):
        cache.take_over(FILE)


def test_several_take_it_over_at_once(cache: WeightsCache) -> None:
    taken: list[object] = []
    threads = [
        threading.Thread(target=lambda: taken.append(cache.take_over(FILE))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [cache.present(FILE)] * 8 and cache.verified(FILE)[1].read_bytes() == CONTENT


def test_the_environment_names_the_seed(
    seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SEED, str(tmp_path / "absent"))
    assert WeightsCache(tmp_path / "other").present(FILE) is None
    monkeypatch.setenv(SEED, str(seed))
    assert WeightsCache(tmp_path / "other").present(FILE) is not None
