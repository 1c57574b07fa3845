"""Who may import whom (docs/architecture.md), and what stays out of the service's process."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("docker_sdk_api", "training_api", "inference_api", "gui")
SIBLINGS = (
    "formats", "networks", "losses", "augmentations", "engines", "exports", "weights", "transforms"
)  # fmt: skip
HEAVY = {"torch", "torchvision", "segmentation_models_pytorch", "timm", "mxnet", "gluoncv"}
SPEC_MAY_IMPORT = frozenset({"pydantic", "numpy"})

FOR_ALL = ("training_api.spec", "training_api.images")
READ_BY_ORCHESTRATOR = ("spec", "formats", "networks", "losses", "augmentations", "weights")
ALLOWED: dict[str, tuple[str, ...]] = {
    "training_api.spec": ("training_api.spec",),
    "training_api.images": ("training_api.images", "training_api.spec"),
    **{f"training_api.{name}": (f"training_api.{name}", *FOR_ALL) for name in SIBLINGS},
    "docker_sdk_api": (
        "docker_sdk_api",
        "training_api.images",
        *(f"training_api.{name}" for name in READ_BY_ORCHESTRATOR),
    ),
    "inference_api": ("inference_api", *FOR_ALL),
    "gui": ("gui",),
    "training_api.cli": PACKAGES,  # the composition root of the command
}
"""What code below a prefix may import of ours; the longest prefix counts."""


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" not in path.parts:
                parts = path.relative_to(ROOT).with_suffix("").parts
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                found[name] = path
    return found


@cache
def imports(module: str, *, at_load: bool) -> frozenset[str]:
    """Dotted names that a module imports; with `at_load` only those that its import runs.

    `from a import b` counts as a.b if that is a module, else as a.
    """
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    found = set()
    for node in _statements(tree.body) if at_load else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{module}: relative import"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & modules().keys()) | {node.module}
    return frozenset(found)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a module is loaded: no functions, nothing for type checkers."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from _statements(handler.body)


def below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def rule_of(module: str) -> tuple[str, ...] | None:
    """What `module` may import of ours; None for top-level training_api, which composes."""
    prefixes = [prefix for prefix in ALLOWED if below(module, prefix)]
    return ALLOWED[max(prefixes, key=len)] if prefixes else None


def strangers(module: str) -> set[str]:
    """Modules of ours that `module` imports and must not."""
    ours = {name for name in imports(module, at_load=False) if name.split(".")[0] in PACKAGES}
    rule = rule_of(module)
    if rule is None:  # trainer, agent and their parts compose the siblings
        outside = {name for name in ours if not below(name, "training_api")}
        return outside | {name for name in ours if below(name, "training_api.cli")}
    return {name for name in ours if not any(below(name, prefix) for prefix in rule)}


def test_a_module_imports_only_what_it_may() -> None:
    assert len(modules()) > 100
    found = {module: strangers(module) for module in modules()}
    assert {module: names for module, names in found.items() if names} == {}


def test_the_rules_find_what_breaks_them() -> None:
    assert rule_of("training_api.trainer") is None
    assert rule_of("training_api.cli.serve") == PACKAGES
    assert "training_api.engines" not in (rule_of("docker_sdk_api.app") or ())
    assert "training_api.checkpoints" in imports("training_api.training", at_load=False)


def test_the_spec_imports_no_third_party_but_two() -> None:
    for module in (name for name in modules() if below(name, "training_api.spec")):
        roots = {name.split(".")[0] for name in imports(module, at_load=False)}
        third_party = roots - sys.stdlib_module_names - {"training_api"}
        assert third_party <= SPEC_MAY_IMPORT, module


def loaded_with(start: str) -> set[str]:
    """Modules of ours that importing `start` loads, by their own top-level imports."""
    waiting, seen = [start], set()
    while waiting:
        module = waiting.pop()
        if module in seen or module not in modules():
            continue
        seen.add(module)
        waiting += imports(module, at_load=True)
        waiting += [module.rsplit(".", count)[0] for count in range(1, module.count(".") + 1)]
    return seen


SERVED = ("docker_sdk_api.app", "inference_api.app", "gui.app", "training_api.cli.serve")


@pytest.mark.parametrize("start", [*SERVED, "training_api.cli", "training_api.networks"])
def test_nothing_heavy_is_imported_by_what_the_service_loads(start: str) -> None:
    assert start in modules()
    for module in loaded_with(start):
        roots = {name.split(".")[0] for name in imports(module, at_load=True)}
        assert not roots & HEAVY, f"{module} (loaded by {start})"
        assert not below(module, "training_api.engines"), f"{start} loads {module}"


@pytest.mark.parametrize("start", SERVED)
def test_importing_the_service_loads_no_framework(start: str) -> None:
    program = (
        "import sys, importlib; importlib.import_module(sys.argv[1]); "
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, start], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.split()) & HEAVY


def test_listing_networks_and_losses_loads_no_framework() -> None:
    program = (
        "import sys; from training_api.networks import all_networks; "
        "from training_api.losses import all_losses; "
        "assert all_networks() and all_losses(); "
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.split()) & HEAVY
