"""The files for docker-compose, read as data; tests/integration/test_compose.py runs them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from console import ROOT
from image_requirements import ENGINES, PARTS, VARIANTS
from project import declared

FILES = sorted([*ROOT.glob("build/*.yml"), *ROOT.glob("run/*.yml")])
DOCKERFILES = sorted(ROOT.glob("build/Dockerfile.*"))
LABELS = ("title", "description", "licenses", "version", "revision")


def services(path: str) -> dict[str, Any]:
    """By name, each with what it extends merged in, as compose does for our files."""
    document = yaml.safe_load((ROOT / path).read_text())["services"]
    for name, service in document.items():
        if "extends" in service:
            origin = services(str(Path(path).with_name(service["extends"]["file"])))
            document[name] = merged(origin[service["extends"]["service"]], service)
    return document


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {k for k in below if isinstance(below[k], dict) and isinstance(above.get(k), dict)}
    return below | above | {key: merged(below[key], above[key]) for key in both}


def test_all_files_follow_the_compose_specification():
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.compose-spec", *map(str, FILES)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert len(FILES) == 11
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", ["build/build", "run/run"])
def test_the_four_variants_differ_by_their_name_and_the_cards_alone(kind):
    def without_name(arch: str) -> dict[str, Any]:
        text = (ROOT / f"{kind}_{arch}.yml").read_text()
        document = yaml.safe_load(
            text.replace(f":{arch}-", ":ARCH-").replace(f" {arch}}}", " ARCH}")
        )
        cards = document["services"]["docker_sdk_api"].pop("deploy", None)
        assert bool(cards) == (kind == "run/run" and arch.startswith("gpu"))
        return document

    first, *others = (without_name(arch) for arch in VARIANTS)
    assert all(other == first for other in others)


@pytest.mark.parametrize("arch", VARIANTS)
def test_what_is_run_is_what_is_built(arch):
    tag = f"{arch}-${{SEGSMITH_TAG:-{declared()['project']['version']}}}"
    built = {service["image"] for service in services(f"build/build_{arch}.yml").values()}
    roles = [*PARTS, *(f"training-{engine}" for engine in ENGINES)]
    assert built == {f"segsmith/{role}:{tag}" for role in roles}
    run = services(f"run/run_{arch}.yml")
    assert {run[part]["image"] for part in PARTS} <= built
    named = run["docker_sdk_api"]["environment"]
    assert {named[f"SEGSMITH_IMAGE_{engine.upper()}"] for engine in ENGINES} <= built


@pytest.mark.parametrize("arch", VARIANTS)
def test_the_command_that_pages_show_is_one_to_type_beside_the_compose_files(arch):
    parts = services(f"run/run_{arch}.yml")
    compose = "docker-compose -f run/run_${SEGSMITH_ARCH:-cpu}.yml"
    for name in ("docker_sdk_api", "gui"):
        told = parts[name]["environment"]["SEGSMITH_COMMAND"]
        assert told == f"{compose} exec docker_sdk_api segsmith"
    assert parts["gui"]["environment"]["SEGSMITH_START"] == f"{compose} up -d"


@pytest.mark.parametrize("arch", VARIANTS)
def test_engines_are_built_in_the_files_variant_and_predict_on_the_processor(arch):
    built = services(f"build/build_{arch}.yml")
    for engine in ENGINES:
        arguments = built[f"training-{engine}"]["build"]["args"]
        assert (arguments["ENGINE"], arguments["VARIANT"]) == (engine, arch)
    assert built["inference_api"]["build"]["args"]["VARIANT"] == "cpu"


@pytest.mark.parametrize("arch", VARIANTS)
def test_one_port_is_published_and_one_part_reaches_docker(arch):
    run = services(f"run/run_{arch}.yml")
    assert {name for name, service in run.items() if "ports" in service} == {"gui"}
    assert run["gui"]["ports"][0].endswith(":4200")
    mounts = {name: str(service["volumes"]) for name, service in run.items()}
    assert {name for name, text in mounts.items() if "docker.sock" in text} == {"docker_sdk_api"}
    outside = {name for name, service in run.items() if "outside" in service["networks"]}
    assert outside == {"gui"}


@pytest.mark.parametrize("arch", VARIANTS)
def test_parts_have_no_more_rights_than_they_need(arch):
    for service in services(f"run/run_{arch}.yml").values():
        assert service["read_only"] and service["init"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert is_nobody_in_particular(without_settings(service["user"]))
        assert service["logging"]["options"]["max-size"]


def without_settings(text: str) -> str:
    """What compose makes of a value where no .env says anything."""
    return re.sub(r"\$\{\w+(?::-([^{}]*))?\}", lambda match: match[1] or "", text)


def is_nobody_in_particular(user: str) -> bool:
    """True for UID:GID, neither of them root's."""
    numbers = user.split(":")
    return len(numbers) == 2 and all(number.isdigit() and int(number) > 0 for number in numbers)


def test_an_account_of_root_is_seen_behind_a_setting():
    for user in ("0:0", "${UID:-0}:${GID:-10001}", "${UID:-10001}:${GID:-0}", "${UID}:${GID}", ""):
        assert not is_nobody_in_particular(without_settings(user)), user
    assert is_nobody_in_particular(without_settings("${UID:-10001}:${GID:-10001}"))


class Health(BaseHTTPRequestHandler):
    """Answers as a part does, with `status`."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Nothing: tests read no log."""


@pytest.mark.parametrize("part", PARTS)
def test_a_health_check_asks_the_part_itself(part, monkeypatch):
    text = (ROOT / f"build/Dockerfile.{part}").read_text().replace("\\\n", " ")
    command = json.loads(re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", text, re.MULTILINE)[1])
    for name in ("http_proxy", "https_proxy"):  # a proxy that does not answer, let alone for us
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    def outcome(port: int) -> int:
        words = [re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", word) for word in command]
        return subprocess.run([sys.executable, *words[1:]], stderr=subprocess.DEVNULL).returncode

    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        assert outcome(server.server_port) == 0
        monkeypatch.setattr(Health, "status", 503)
        assert outcome(server.server_port) != 0
        server.shutdown()
    assert outcome(server.server_port) != 0


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_every_image_has_an_account_a_health_check_and_labels(path):
    lines = path.read_text().splitlines()
    assert "USER 10001:10001" in lines
    assert any(line.startswith("HEALTHCHECK ") for line in lines)
    text = "\n".join(lines)
    assert all(f"org.opencontainers.image.{label}=" in text for label in LABELS)
    assert "org.opencontainers.image.source" not in text
    final = text.rpartition("\nFROM ")[2]
    packages = final.rindex("RUN python3 build/image_environment.py")
    assert packages < final.index("COPY training_api"), "a change of the code would install anew"
    assert "pyproject.toml" not in final[:packages], "so would any line of that"
