"""What is kept of published weights, and what is refused at the door."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from training_api.spec.errors import Corrupt, NotFound
from training_api.spec.hyper_parameters import EngineName
from training_api.weights.cache import WeightsCache, WrongDigest
from training_api.weights.weight_file import Digest, WeightFile

CONTENT = b"tensors"


def published(digest: Digest | None, file: str = "net.params") -> WeightFile:
    return WeightFile(
        id="gluoncv:net",
        title="Net",
        kind="backbone",
        engine=EngineName.gluoncv,
        encoder="net",
        dataset="ImageNet-1k",
        path=file,
        file=file,
        digest=digest,
        licence="Apache-2.0",
    )


def sha1(content: bytes) -> Digest:
    return Digest(algorithm="sha1", value=hashlib.sha1(content, usedforsecurity=False).hexdigest())


def arrived(cache: WeightsCache, file: WeightFile, content: bytes = CONTENT) -> Path:
    path = cache.incoming(file)
    path.write_bytes(content)
    return path


def test_what_matches_its_published_digest_is_kept_with_a_record(tmp_path: Path) -> None:
    cache, file = WeightsCache(tmp_path), published(sha1(CONTENT))
    record = cache.accept(file, arrived(cache, file), source="http://mirror/net.params")
    assert record.checked == f"sha1:{hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()}"
    assert record.sha256 == hashlib.sha256(CONTENT).hexdigest()
    found, path = cache.verified(file)
    assert found == record
    assert path.read_bytes() == CONTENT
    assert found.licence == "Apache-2.0"


def test_another_content_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    cache, file = WeightsCache(tmp_path), published(sha1(CONTENT))
    with pytest.raises(WrongDigest, match=r"gluoncv:net.*SHA1"):
        cache.accept(file, arrived(cache, file, b"others"), source="by hand")
    assert cache.record(file) is None


def test_the_beginning_of_a_digest_is_checked_where_no_more_is_published(tmp_path: Path) -> None:
    head = hashlib.sha256(CONTENT).hexdigest()[:8]
    cache, file = WeightsCache(tmp_path), published(Digest(algorithm="sha256", value=head))
    assert cache.accept(file, arrived(cache, file), source="").checked == f"sha256:{head}"
    with pytest.raises(WrongDigest, match=head):
        cache.accept(file, arrived(cache, file, b"others"), source="")


def test_a_digest_that_the_host_names_is_checked_too(tmp_path: Path) -> None:
    cache, file = WeightsCache(tmp_path), published(None)
    named = Digest(algorithm="sha256", value=hashlib.sha256(CONTENT).hexdigest())
    with pytest.raises(WrongDigest):
        cache.accept(file, arrived(cache, file, b"others"), source="", published=named)
    record = cache.accept(file, arrived(cache, file), source="", published=named)
    assert record.checked == str(named)


def test_weights_without_a_published_digest_say_so(tmp_path: Path) -> None:
    cache, file = WeightsCache(tmp_path), published(None)
    assert cache.accept(file, arrived(cache, file), source="by hand").checked is None


def test_a_file_that_changed_is_not_used(tmp_path: Path) -> None:
    cache, file = WeightsCache(tmp_path), published(None)
    with pytest.raises(NotFound, match="gluoncv:net"):
        cache.verified(file)
    cache.accept(file, arrived(cache, file), source="by hand")
    (cache.folder(file) / file.file).write_bytes(b"changed")
    with pytest.raises(Corrupt, match="segsmith weights fetch gluoncv:net"):
        cache.verified(file)
    cache.remove(file)
    cache.remove(file)
    assert cache.record(file) is None


def test_a_pickled_file_is_converted_before_it_counts(tmp_path: Path) -> None:
    cache, file = WeightsCache(tmp_path), published(None, "net.pth")

    def convert(source: Path, target: Path) -> None:
        assert cache.record(file) is None
        target.write_bytes(source.read_bytes() + b", converted")

    record = cache.accept(file, arrived(cache, file), source="by hand", convert=convert)
    assert record.loaded == "model.safetensors"
    assert cache.verified(file)[1].read_bytes() == CONTENT + b", converted"
