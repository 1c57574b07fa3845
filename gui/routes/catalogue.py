"""The networks that can be trained."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import ApiOf
from gui.catalogue import Catalogue, Entry
from gui.form_fields import Remarks, fields_of
from gui.network_cost import SIDES, Cost, cost_of, span
from gui.pages import PagesOf

router = APIRouter()


@router.get("/networks")
async def networks_page(api: ApiOf, pages: PagesOf, size: str = "") -> Response:
    """Networks by engine with what each costs at `size`, their options, then losses."""
    catalogue = Catalogue(await api.get("catalogue"))
    side = int(size) if size in map(str, SIDES) else catalogue.gflops_side
    networks = {
        engine["name"]: [_shown(network, catalogue, side) for network in networks]
        for engine in catalogue.engines
        if (networks := catalogue.networks_of(engine["name"]))
    }
    return pages.show(
        "networks.html",
        catalogue=catalogue,
        networks=networks,
        backbones=_backbones(catalogue),
        sides=SIDES,
        side=side,
    )


def _shown(network: Entry, catalogue: Catalogue, side: int) -> dict[str, Any]:
    """A network, its backbones with their costs, and its other options."""
    rows = [
        (variant, cost_of(variant, catalogue.gflops_side, side, side))
        for variant in network["variants"]
    ]
    costs: list[Cost] = [cost for _, cost in rows]
    options = fields_of(network["options_schema"], {}, {}, "", "options", Remarks())
    return {
        "entry": network,
        "rows": rows,
        "parameters": span([cost.parameters for cost in costs]),
        "gflops": span([cost.gflops for cost in costs]),
        "options": [field for field in options if field.name != "backbone"],
        "weights": dict.fromkeys(
            licence for one in network["variants"] for licence in one["network_weights"]
        ),
        "default": {field.name: field.value for field in options}.get("backbone"),
    }


def _backbones(catalogue: Catalogue) -> list[Entry]:
    """Papers and licences of backbones, those that share them together."""
    groups: dict[tuple[str, ...], Entry] = {}
    for network in catalogue.networks:
        for variant in network["variants"]:
            if not variant["backbone"]:
                continue
            licences = variant["backbone_weights"]
            key = (network["engine"], variant["paper"] or "", variant["licence"], *licences)
            group = groups.setdefault(key, variant | {"engine": network["engine"], "titles": {}})
            group["titles"][variant["title"]] = None
    return list(groups.values())
