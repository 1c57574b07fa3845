"""From form to spec and back, over everything that the real catalogue offers."""

from __future__ import annotations

from typing import Any

import pytest

from docker_sdk_api.catalogue import catalogue
from gui.augmentations import augmentations_of
from gui.catalogue import Catalogue
from gui.draft import Draft
from gui.form_fields import Remarks, as_text, as_value, fields_of
from gui.job_spec import draft_of, spec_of, tidied
from training_api.spec.augmentations import usual_augmentations
from training_api.spec.job import JobSpec

REAL = Catalogue(catalogue())
NETWORKS = [(network["engine"], network["name"]) for network in REAL.networks]


@pytest.mark.parametrize("preset", [preset["name"] for preset in REAL.presets])
def test_a_preset_comes_back_as_itself(preset: str) -> None:
    draft = Draft({"dataset": "camvid", "percent": "70", "name": "x", "preset": preset})
    full = JobSpec.model_validate(spec_of(draft, REAL, "dv-1")).document()
    again = draft_of(full, "camvid", REAL)
    assert again.get("preset") == preset and not again.nested("hp.")
    assert JobSpec.model_validate(spec_of(again.having(name="x"), REAL, "dv-1")).document() == full


@pytest.mark.parametrize(("engine", "network"), NETWORKS)
def test_an_own_network_comes_back_as_itself(engine: str, network: str) -> None:
    draft = Draft(
        {"dataset": "c", "name": "x", "preset": "own", "engine": engine, "network": network,
         "hp.epochs": "3", "hp.augment": "false", "hp.learning_rate": "0.00005"},
        ("GPU-1", "GPU-2"),
    )  # fmt: skip
    full = JobSpec.model_validate(spec_of(draft, REAL, "dv-1")).document()
    assert (full["engine"], full["network"]["name"]) == (engine, network)
    assert full["hyper_parameters"]["learning_rate"] == 0.00005
    again = draft_of(full, "c", REAL)
    assert again.nested("hp.") == {"epochs": "3", "augment": "false", "learning_rate": "0.00005"}
    assert again.devices == ("GPU-1", "GPU-2")
    repeated = JobSpec.model_validate(spec_of(again.having(name="x"), REAL, "dv-1")).document()
    assert repeated == full


CHANGED: list[dict[str, Any]] = [
    {
        "preset": "accurate",
        "network": {"name": "deeplabv3", "options": {"backbone": "resnet101", "aux": False}},
    },
    {"preset": "fast", "loss": {"name": "focal"}},
    {"preset": "fast", "loss": {"name": "cross_entropy_dice", "options": {"dice_weight": 3}}},
]


@pytest.mark.parametrize("changes", CHANGED)
def test_a_changed_preset_keeps_its_changes(changes: dict[str, Any]) -> None:
    full = JobSpec.model_validate({"name": "x", "dataset": "dv-1"} | changes).document()
    draft = draft_of(full, "c", REAL)
    assert draft.get("preset") == "own"
    again = JobSpec.model_validate(spec_of(draft.having(name="x"), REAL, "dv-1")).document()
    assert again == full | {"preset": None}


AUGMENTATIONS: list[dict[str, dict[str, Any]]] = [
    usual_augmentations(),
    {},
    {"rotation": {"degrees": 30}, "scale": {}},
    usual_augmentations() | {"scale": {"smallest": 0.5}, "erasing": {"label": "keep"}},
]


@pytest.mark.parametrize("chosen", AUGMENTATIONS)
def test_augmentations_come_back_as_themselves(chosen: dict[str, dict[str, Any]]) -> None:
    document = {"name": "x", "dataset": "dv-1", "preset": "fast", "augmentations": chosen}
    full = JobSpec.model_validate(document).document()
    draft = draft_of(full, "c", REAL)
    assert bool(draft.nested("aug.")) is (chosen != usual_augmentations())
    again = JobSpec.model_validate(spec_of(draft.having(name="x"), REAL, "dv-1")).document()
    assert again == full


def test_only_augmentations_that_differ_are_kept_and_sent() -> None:
    usual = {"aug.scale": "true", "aug.scale.smallest": "0.75", "aug.blur": "false"}
    draft = tidied(Draft(usual | {"aug.blur.largest": "3", "aug.shear": "true"}), REAL)
    assert draft.nested("aug.") == {"blur.largest": "3"}, "kept for when it is switched on"
    assert "augmentations" not in spec_of(draft, REAL, "dv-1")
    spec = spec_of(draft.having(**{"aug.blur": "true", "aug.crop": "false"}), REAL, "dv-1")
    expected = usual_augmentations() | {"blur": {"largest": 3.0}}
    del expected["crop"]
    assert spec["augmentations"] == expected


def test_every_augmentation_has_a_switch_and_described_fields() -> None:
    for entry in augmentations_of(REAL.augmentations, {}, Remarks()):
        assert entry.switch.kind == "switch" and entry.on is (entry.switch.value == "true")
        assert not entry.changed
        for field in entry.fields:
            assert field.title and field.help.endswith("."), field.name
            assert field.kind != "text" and (field.kind != "number" or field.range), field.name


def test_a_preset_whose_network_was_changed_is_no_preset_any_more() -> None:
    changed = {"name": "x", "dataset": "dv-1", "preset": "fast", "network": {"name": "deeplabv3"}}
    full = JobSpec.model_validate(changed).document()
    assert draft_of(full, "c", REAL).get("preset") == "own"


def test_another_preset_keeps_only_what_the_user_changed() -> None:
    fast, accurate = (REAL.presets[index]["hyper_parameters"] for index in (0, 2))
    typed = {f"hp.{name}": as_text(value) for name, value in fast.items()} | {"hp.epochs": "77"}
    draft = tidied(Draft({"preset": "fast", **typed}), REAL)
    assert draft.nested("hp.") == {"epochs": "77"}
    spec = spec_of(draft.having(preset="accurate", name="x"), REAL, "dv-1")
    full = JobSpec.model_validate(spec).document()["hyper_parameters"]
    assert full == accurate | {"epochs": 77}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "30", 30),
        ("integer", "30.0", 30),
        ("integer", "3.5", 3.5),
        ("integer", "many", "many"),
        ("integer", "", ""),
        ("number", "1e-4", 0.0001),
        ("number", "0,5", 0.5),
        ("number", "nan", "nan"),
        ("number", "1e999", "1e999"),
        ("boolean", "true", True),
        ("boolean", "maybe", "maybe"),
        ("string", "resnet18", "resnet18"),
    ],
)
def test_what_was_typed_as_json(kind: str, text: str, value: Any) -> None:
    found = as_value({"type": kind}, text)
    assert found == value and type(found) is type(value)


def test_every_field_has_title_help_and_its_range() -> None:
    schema = REAL.hyper_parameters
    usual = REAL.presets[0]["hyper_parameters"]
    fields = fields_of(schema, {"epochs": "3"}, usual, "hp.", "hyper_parameters", Remarks())
    assert {field.name for field in fields} == {f"hp.{name}" for name in schema["properties"]}
    for field in fields:
        assert field.title and field.help.endswith("."), field.name
        assert field.kind != "text" or field.name == "hp.best_by"
        assert field.kind != "number" or field.range, field.name
        assert field.changed is (field.name == "hp.epochs")
    by_name = {field.name: field for field in fields}
    assert by_name["hp.learning_rate"].range == "above 0 to 10"
    assert by_name["hp.optimizer"].choices == (("sgd", "SGD"), ("adam", "Adam"), ("adamw", "AdamW"))
    assert not by_name["hp.epochs"].advanced and by_name["hp.seed"].advanced


def test_a_draft_keeps_what_it_knows() -> None:
    draft = Draft.of(
        [("name", "a"), ("name", " b "), ("evil", "x"), ("device", "cpu"), ("device", "GPU-1"),
         ("device", "GPU-1"), ("hp.epochs", "3"), ("percent", "")]
    )  # fmt: skip
    assert draft.pairs() == [("name", "b"), ("hp.epochs", "3"), ("device", "GPU-1")]
    assert draft.pairs(without=("hp.",)) == [("name", "b"), ("device", "GPU-1")]
    assert draft.query() == {"name": ["b"], "hp.epochs": ["3"], "device": ["GPU-1"]}


def test_what_the_engine_cannot_do_is_not_asked_for() -> None:
    own = {"dataset": "c", "name": "x", "preset": "own", "engine": "gluoncv", "network": "fcn"}
    draft = Draft(own)
    schema = REAL.choice(draft).parameters
    assert schema["properties"]["precision"]["enum"] == ["auto", "float32"]
    fields = {field.name: field for field in fields_of(schema, {}, {}, "hp.", "h", Remarks())}
    assert [value for value, _ in fields["hp.precision"].choices] == ["auto", "float32"]
