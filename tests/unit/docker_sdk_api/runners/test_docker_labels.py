"""How containers are called and recognised; what is said where an image is absent."""

from __future__ import annotations

from docker_sdk_api.runners.docker_images import JobImage
from docker_sdk_api.runners.docker_labels import attempt_of, bears, container_name, job_labels

INSTALLATION = "0123456789abcdef0123456789abcdef"


def test_an_attempt_has_one_name() -> None:
    assert container_name(INSTALLATION, "job-1", 2) == "segsmith-0123456789ab-job-1-2"


def test_labels_lead_back_to_the_attempt() -> None:
    labels = job_labels(INSTALLATION, "job-1", 2)
    assert attempt_of(labels | {"other": "x"}) == ("job-1", 2)
    assert attempt_of(job_labels(INSTALLATION)) is None
    assert attempt_of({}) is None
    assert job_labels(INSTALLATION).items() <= labels.items()


def test_foreign_containers_are_not_ours() -> None:
    labels = job_labels(INSTALLATION, "job-1", 2)
    assert bears({"Config": {"Labels": labels}}, labels)
    for other in (None, {}, job_labels("f" * 32, "job-1", 2), job_labels(INSTALLATION, "job-1", 1)):
        assert not bears({"Config": {"Labels": other}}, labels)


def test_an_absent_image_is_told_with_the_command_that_builds_it() -> None:
    ours = JobImage("segsmith/training-torch:gpu_mkl-0.1.0", ("python",)).absence
    assert "segsmith/training-torch:gpu_mkl-0.1.0 is not on this machine" in ours
    assert "docker-compose -f build/build_gpu_mkl.yml build" in ours
    assert "`docker build`" in JobImage("registry.example/mine:1", ("python",)).absence
