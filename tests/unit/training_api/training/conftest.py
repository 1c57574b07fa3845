"""What all tests of whole runs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training_jobs import make_dataset
from training_api.spec.dataset import DatasetVersion


@pytest.fixture(scope="session")
def version(tmp_path_factory: pytest.TempPathFactory) -> DatasetVersion:
    """Ten images of three classes."""
    return make_dataset(tmp_path_factory.mktemp("data") / "parts", count=10)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where jobs and models lie."""
    return tmp_path
