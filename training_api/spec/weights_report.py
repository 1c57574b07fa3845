"""What became of every tensor when a network took over its first weights."""

from __future__ import annotations

from pydantic import Field

from training_api.spec.closed import Record
from training_api.spec.errors import SegsmithError


class Mismatch(Record):
    """A tensor whose shape in the file is another one than in the network."""

    name: str
    in_file: list[int]
    in_network: list[int]


class WeightsReport(Record):
    """All tensors by name; the network's names but for `unexpected`, which are the file's.

    Weights fit if nothing is `missing` or `mismatched`, counters of seen batches apart; those of a
    whole network also leave nothing over but an auxiliary head.
    """

    loaded: list[str] = Field(default_factory=list)  # taken over whole
    replaced: list[str] = Field(default_factory=list)  # the head, made for the job's classes
    kept_classes: list[str] = Field(default_factory=list)  # whose part of the head was taken over
    fresh: list[str] = Field(default_factory=list)  # random, as a backbone brings no decoder
    missing: list[str] = Field(default_factory=list)  # belongs to it, and the file lacks it
    mismatched: list[Mismatch] = Field(default_factory=list)
    unexpected: list[str] = Field(default_factory=list)  # in the file, and without a place

    def lines(self) -> list[str]:
        """For the log: what was taken over, then every tensor that was not, by name."""
        kept = f" (rows kept for: {', '.join(self.kept_classes)})" if self.kept_classes else ""
        shapes = [f"{one.name} {one.in_file} for {one.in_network}" for one in self.mismatched]
        told = {
            f"New for this job's classes{kept}": self.replaced,
            "Random, as the weights bring none": self.fresh,
            "Missing in the weights": self.missing,
            "Of another shape": shapes,
            "Without a place in the network": self.unexpected,
        }
        head = f"{len(self.loaded)} tensors taken over."
        return [head, *(f"{title}: {', '.join(names)}." for title, names in told.items() if names)]


class UnfitWeights(SegsmithError):
    """First weights that do not fit the network; `report` names every tensor."""

    code = "weights_unfit"

    def __init__(self, weights_id: str, unfit: list[str], report: WeightsReport) -> None:
        more = f" and {len(unfit) - 3} more" if len(unfit) > 3 else ""
        super().__init__(
            f"The weights '{weights_id}' do not fit the network. Missing, left over or of another "
            f"shape: {', '.join(unfit[:3])}{more} (the log names all). Choose the network and "
            "options that they were made for, or other weights.",
            field="weights",
        )
        self.report = report
