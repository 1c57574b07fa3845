"""Which tensor of a weights file goes where in a network: by names and shapes only.

Nothing is taken over in part without a word: every tensor ends up in one list of the report.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from training_api.spec.errors import InvalidSpec
from training_api.spec.weights import InitialWeights, WeightsMode
from training_api.spec.weights_report import Mismatch, UnfitWeights, WeightsReport

Shape = tuple[int, ...]
_AUXILIARY = ("aux", "auxlayer", "aux_classifier")
"""Modules of an auxiliary head, which weights may bring or not."""
_COUNTER = "num_batches_tracked"
"""Of a batch norm: older files lack it, and no computation here uses it."""
_PREFIX_DEPTH = 3


@dataclass(frozen=True)
class Layout:
    """A network's tensors: their shapes, which are its encoder's, and those of its head with the
    axis that counts the classes.
    """

    shapes: Mapping[str, Shape]
    encoder: Collection[str]
    head: Mapping[str, int]


@dataclass
class Plan:
    """What to copy: `whole` maps own names to the file's; `rows` the head's, along their axis, for
    each pair of `kept` (own class, the file's class). `report` tells of all tensors.
    """

    whole: dict[str, str] = field(default_factory=dict)
    rows: dict[str, tuple[str, int]] = field(default_factory=dict)
    kept: list[tuple[int, int]] = field(default_factory=list)
    report: WeightsReport = field(default_factory=WeightsReport)


def plan_of(
    layout: Layout, file: Mapping[str, Shape], weights: InitialWeights, classes: Sequence[str]
) -> Plan:
    """How a network for `classes` starts from a file with tensors of these shapes.

    Raises UnfitWeights when a tensor that should be taken over cannot be, InvalidSpec when a
    backbone is to be taken over by a network that has none.
    """
    expected = list(layout.shapes if weights.scope == "network" else layout.encoder)
    if not expected:
        raise InvalidSpec(
            "mode: this network has no separate backbone that could take weights over. Choose "
            "another network or weights.",
            field="weights.mode",
        )
    ours, theirs = ([_plain(name) for name in names] for names in (classes, weights.classes))
    new_head = layout.head if weights.scope == "network" and ours != theirs else {}
    plan, pairs = Plan(), paired(expected, file)
    plan.report.fresh.extend(name for name in layout.shapes if name not in set(expected))
    if weights.mode is WeightsMode.model:
        plan.kept = [(ours.index(name), theirs.index(name)) for name in ours if name in theirs]
    for name in expected:
        if name in new_head:
            _place_rows(plan, name, pairs.get(name), layout, file, len(theirs))
        else:
            _place_whole(plan, name, pairs.get(name), layout.shapes[name], file)
    if plan.rows:
        plan.report.kept_classes.extend(classes[own] for own, _ in plan.kept)
    used = set(pairs.values())
    plan.report.unexpected.extend(name for name in file if name not in used)
    if unfit := _unfit(plan.report, weights.scope == "network"):
        raise UnfitWeights(weights.id, unfit, plan.report)
    return plan


def _unfit(report: WeightsReport, whole_network: bool) -> list[str]:
    """What should have been taken over and was not; a network's weights leave nothing over."""
    lacking = [name for name in report.missing if not name.endswith(_COUNTER)]
    wrong = lacking + [entry.name for entry in report.mismatched]
    left = [name for name in report.unexpected if not _is_auxiliary(name)]
    return wrong + left if whole_network else wrong


def _place_whole(
    plan: Plan, name: str, source: str | None, shape: Shape, file: Mapping[str, Shape]
) -> None:
    if source is None:
        (plan.report.fresh if _is_auxiliary(name) else plan.report.missing).append(name)
    elif file[source] != shape:
        wrong = Mismatch(name=name, in_file=list(file[source]), in_network=list(shape))
        plan.report.mismatched.append(wrong)
    else:
        plan.whole[name] = source
        plan.report.loaded.append(name)


def _place_rows(
    plan: Plan,
    name: str,
    source: str | None,
    layout: Layout,
    file: Mapping[str, Shape],
    classes: int,
) -> None:
    """The head is made for the job's classes; those that the file knows bring their part."""
    plan.report.replaced.append(name)
    own, axis = layout.shapes[name], layout.head[name]
    if source is not None and plan.kept and _fits_rows(file[source], own, axis, classes):
        plan.rows[name] = (source, axis)


def paired(own: Collection[str], file: Collection[str]) -> dict[str, str]:
    """Own names and the file's for the same tensor.

    Files and networks wrap the same module differently: the pair of prefixes that makes most
    names agree is left out on both sides, and `stages_0` means `stages.0`.
    """
    best: dict[str, str] = {}
    for prefix in _common_prefixes(own):
        places = {_canonical(name.removeprefix(prefix)): name for name in own}
        for other in _prefixes(file):
            found = {
                places[rest]: name
                for name in file
                if name.startswith(other)
                and (rest := _canonical(name.removeprefix(other))) in places
            }
            if len(found) > len(best):
                best = found
    return best


def _is_auxiliary(name: str) -> bool:
    return any(part in _AUXILIARY for part in name.split("."))


def _fits_rows(shape: Shape, own: Shape, axis: int, classes: int) -> bool:
    """True if only the count of classes differs, and is `classes`."""
    if len(shape) != len(own) or shape[axis] != classes:
        return False
    return shape[:axis] + shape[axis + 1 :] == own[:axis] + own[axis + 1 :]


def _plain(name: str) -> str:
    """Class names are the same whatever their case and hyphens."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _canonical(name: str) -> str:
    return name.replace("_", ".")


def _prefixes(names: Collection[str]) -> list[str]:
    """'' and the names of the modules that hold tensors, outermost first."""
    found = {""}
    for name in names:
        parts = name.split(".")[:-1][:_PREFIX_DEPTH]
        found |= {".".join(parts[:count]) + "." for count in range(1, len(parts) + 1)}
    return sorted(found, key=lambda prefix: (prefix.count("."), prefix))


def _common_prefixes(names: Collection[str]) -> list[str]:
    """'' and the modules that hold all of `names`."""
    return [prefix for prefix in _prefixes(names) if all(name.startswith(prefix) for name in names)]
