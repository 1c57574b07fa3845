"""Write docs/networks.md from the networks' own files and the shipped counts.

Run it after a change of networks; `make networks` counts them first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from console import ROOT, say

from docker_sdk_api.variants import Variant, variants_of
from training_api.networks import all_networks
from training_api.networks.base import Network
from training_api.networks.cost import CLASSES, SIDE
from training_api.spec.hyper_parameters import EngineName

PAGE = ROOT / "docs" / "networks.md"
TITLES = {EngineName.torch: "PyTorch", EngineName.gluoncv: "GluonCV"}
HEAD = f"""\
# Networks

What can be trained, by engine. This page is made from the networks' own files by `make networks`;
`segsmith networks`, the page of networks in the browser and `GET /api/v1/catalogue` show the same,
with the speed that was measured on your machine.

GFLOPs are 10⁹ operations for one image of {SIDE}×{SIDE} pixels. One multiply-add counts as two, and
only convolutions and matrix products count. For another size they grow with the area; where a
transformer or MA-Net attends to the whole image, faster. Parameters and GFLOPs are those of
inference (without auxiliary heads) with {CLASSES} classes; a dash means that nobody counted them.

A network takes images whose sides are multiples of the given number: whole images are scaled to
the nearest size, crops are rounded up, and what is too small is refused.
"""


def page() -> str:
    """The page's text."""
    parts = [HEAD]
    for engine in EngineName:
        networks = [network for network in all_networks() if network.engine is engine]
        parts += [f"## {TITLES[engine]}\n", *map(_section, networks)]
    parts += ["## Backbones\n", _table(_BACKBONES, _backbone_rows())]
    return "\n".join(parts)


def _section(network: type[Network]) -> str:
    variants = variants_of(network)
    weights = dict.fromkeys(one for variant in variants for one in variant["network_weights"])
    facts = [
        f"Paper: {network.paper}.",
        f"Licence: {network.licence}.",
        f"Published weights: {'; '.join(weights)}." if weights else "",
        f"Sizes: multiples of {network.multiple}, from {network.smallest} pixels.",
    ]
    lines = [f"### {network.title} (`{network.name}`)\n", f"{network.summary}\n"]
    lines += [f"- {fact}" for fact in facts if fact]
    return "\n".join(lines) + "\n\n" + _table(_COSTS, map(_cost_row, variants))


_COSTS = ("backbone", "parameters", "GFLOPs")


def _cost_row(variant: Variant) -> tuple[str, ...]:
    parameters, gflops = variant["parameters"], variant["gflops"]
    return (
        f"`{variant['backbone']}`" if variant["backbone"] else "its own",
        "–" if parameters is None else f"{parameters / 1e6:.2f} M",
        "–" if gflops is None else f"{gflops:.1f}",
    )


_BACKBONES = ("backbone", "engine", "licence of the code", "licence of published weights", "paper")


def _backbone_rows() -> Iterator[tuple[str, ...]]:
    """Each backbone once per implementation."""
    seen = set()
    for network in all_networks():
        for variant in variants_of(network):
            title = variant["title"]
            weights = "; ".join(variant["backbone_weights"]) or "none published"
            row = (title, TITLES[network.engine], variant["licence"], weights, variant["paper"])
            if title and row not in seen:
                seen.add(row)
                yield tuple(cell or "–" for cell in row)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    say(f"{PAGE.relative_to(ROOT)} is written.")


if __name__ == "__main__":
    main()
