"""docs/install.md names commands, flags, files, settings and messages that exist."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("docs/install.md", "README.md")


@cache
def page(name: str = "docs/install.md") -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def sources() -> str:
    """Our code and set-up, with literals that go over several lines joined."""
    paths = [ROOT / "setup_solution_parameters.sh", *ROOT.glob("build/*.sh"), *ROOT.glob("*/*.yml")]
    for package in ("docker_sdk_api", "training_api", "inference_api", "gui"):
        paths += [p for p in (ROOT / package).rglob("*.py") if "node_modules" not in p.parts]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return re.sub(r'"\s*\n\s*f?"', "", text)


def said_by_us() -> list[str]:
    table = page().split("Said by Segsmith", 1)[1].split("Said by Docker", 1)[0]
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def test_every_message_is_one_that_is_said() -> None:
    messages = said_by_us()
    assert len(messages) > 15
    missing = [
        message
        for message in messages
        if not all(part.strip() in sources() for part in message.split("…"))
    ]
    assert missing == []


@pytest.mark.parametrize("name", PAGES)
def test_flags_of_set_up_exist(name: str) -> None:
    script = (ROOT / "setup_solution_parameters.sh").read_text(encoding="utf-8")
    known = set(re.findall(r"--[a-z-]+", script.split("END", 2)[1]))
    lines = [line for line in page(name).splitlines() if "setup_solution_parameters.sh" in line]
    used = {flag for line in lines for flag in re.findall(r"--[a-z-]+", line)}
    assert lines and used <= known


def test_flags_of_commands_exist() -> None:
    lines = re.findall(r"\bsegsmith ((?:[a-z]+ )+)([^`\n]*)", page())
    commands = [(words.split(), rest) for words, rest in lines if words.split()[0] in _known()]
    assert {words[0] for words, _ in commands} >= {"serve", "weights"}
    for words, rest in commands:
        command = _command(words)
        options = {name for entry in command.params for name in entry.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, words


def _known() -> dict[str, str]:
    known: dict[str, str] = import_module("training_api.cli.root").COMMANDS
    return known


def _command(words: list[str]) -> click.Command:
    command: click.Command = import_module(f"training_api.cli.{words[0]}").command
    for word in words[1:]:
        if isinstance(command, click.Group):
            command = command.commands[word]
    return command


@pytest.mark.parametrize("name", PAGES)
def test_files_and_anchors_exist(name: str) -> None:
    files = re.findall(r"\b((?:build|run)/\w+\.(?:yml|py|sh))\b", page(name))
    assert files and [file for file in files if not (ROOT / file).is_file()] == []
    for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", page(name)):
        assert not target or ((ROOT / name).parent / target).exists(), target
    headings = {_anchor(line) for line in page(name).splitlines() if line.startswith("#")}
    assert set(re.findall(r"\]\(#([^)]*)\)", page(name))) <= headings


def _anchor(heading: str) -> str:
    plain = re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower())
    return plain.replace(" ", "-")


def test_settings_are_read_somewhere() -> None:
    names = set(re.findall(r"\b(?:SEGSMITH_[A-Z_]+|BASE_IMAGE)\b", page()))
    assert names and {name for name in names if name not in sources()} == set()


def test_images_to_carry_over_are_all_that_are_built() -> None:
    built = set(
        re.findall(r"image: segsmith/([\w-]+):", (ROOT / "build/build_cpu.yml").read_text())
    )
    carried = page().split("docker save", 1)[1].split("```", 1)[0]
    assert set(re.findall(r"segsmith/([\w-]+):cpu", carried)) == built
