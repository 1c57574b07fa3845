"""Another rank of `tests.small_torch.plain_engine`: `python -m tests.torch_rank [WHAT] PARENT`.

WHAT is `noisy` for the network that has batch norms, `fault` for a loss that takes too much memory.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from training_api.rank import end_with, run


class NoMemory:
    """A loss that takes too much of it."""

    def build(self, *arguments: Any) -> Any:
        """See Loss."""

        def loss(*tensors: Any) -> Any:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")

        return loss


if __name__ == "__main__":
    end_with(int(sys.argv[-1]))

    from tests.small_torch import Noisy, Plain
    from training_api.losses import loss_for

    network = Noisy() if "noisy" in sys.argv else Plain()
    os._exit(run(network, NoMemory() if "fault" in sys.argv else loss_for("cross_entropy", {})))
