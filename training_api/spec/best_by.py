"""What decides which weights are the best: the mean IoU, or the IoU of one class."""

from __future__ import annotations

from collections.abc import Sequence

from training_api.spec.errors import InvalidSpec

MIOU = "miou"


def deciding_class(best_by: str, names: Sequence[str]) -> int | None:
    """The id of the class whose IoU decides among classes `names`, None for the mean.

    Raises InvalidSpec for a class that the dataset does not have.
    """
    if best_by == MIOU:
        return None
    if best_by not in names:
        known = ", ".join(names)
        raise InvalidSpec(
            f"best_by: the dataset has no class '{best_by}'. Choose {MIOU} or one of: {known}.",
            field="hyper_parameters.best_by",
        )
    return [*names].index(best_by)
