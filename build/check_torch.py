"""Run inside .venv-torch: one training step, so that a broken install shows at set-up."""

from __future__ import annotations

import torch


def main() -> None:
    """Raise unless one step of SGD changes a convolution's weights."""
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(3, 2, 3)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    before = layer.weight.detach().clone()
    target = torch.zeros(1, 30, 30, dtype=torch.long)
    torch.nn.functional.cross_entropy(layer(torch.rand(1, 3, 32, 32)), target).backward()
    optimizer.step()
    if torch.equal(before, layer.weight):
        raise SystemExit("the weights did not change in a training step")
    print(f"PyTorch {torch.__version__}, {torch.cuda.device_count()} GPUs")


if __name__ == "__main__":
    main()
