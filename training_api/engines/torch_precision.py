"""The number format of training steps, and scaling of losses where it is too narrow for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

import torch

from training_api.engines.torch_convolutions import SoundConvolutions
from training_api.spec.errors import InvalidSpec

Format = Literal["bfloat16", "float16", "float32"]
_SMALLEST_SCALE = 1.0


class Precision:
    """Forward passes in `format`, and backward passes whose gradients float16 can hold.

    Loss scaling: Micikevicius et al., "Mixed Precision Training", 2018.
    """

    def __init__(self, chosen: Format, device: torch.device) -> None:
        self.format = chosen
        self._device = device
        self._scaler = torch.amp.GradScaler(device.type, enabled=chosen == "float16")

    @contextmanager
    def casting(self) -> Iterator[None]:
        """The context of a forward pass."""
        kind = torch.float16 if self.format == "float16" else torch.bfloat16
        narrow, on_cpu = self.format != "float32", self._device.type == "cpu"
        sound = SoundConvolutions() if narrow and on_cpu else nullcontext()
        with torch.autocast(self._device.type, kind, enabled=narrow), sound:
            yield

    def backward(self, loss: torch.Tensor) -> None:
        """Add the gradients of `loss` (scaled, until `unscale`)."""
        self._scaler.scale(loss).backward()

    def unscale(self, optimizer: torch.optim.Optimizer) -> None:
        """Bring the gradients to their true size."""
        self._scaler.unscale_(optimizer)

    def correct(self, optimizer: torch.optim.Optimizer) -> None:
        """One correction of the weights by finite gradients."""
        self._scaler.step(optimizer)
        self._scaler.update()

    def refuse(self) -> None:
        """In place of `correct`: lower the scale if float16 could not hold the gradients.

        The optimizer must not see such ones: PyTorch's fused SGD would take momentum from memory
        that was never written if they come in the first step.
        """
        self._scaler.update()

    def may_have_overflowed(self) -> bool:
        """True while gradients that are not finite can be the format's fault."""
        return self.format == "float16" and self._scaler.get_scale() > _SMALLEST_SCALE

    def values(self) -> dict[str, Any]:
        """What `restore` takes, as JSON values."""
        return dict(self._scaler.state_dict())

    def restore(self, values: dict[str, Any]) -> None:
        """Go on where `values` stood."""
        if values:
            self._scaler.load_state_dict(values)


def chosen_format(
    wanted: Literal["auto", "float32", "bfloat16", "float16"], device: torch.device
) -> Format:
    """`wanted`, or for `auto` the fastest on `device`. Raises InvalidSpec for float16 on a CPU."""
    if wanted == "float16" and device.type == "cpu":
        raise InvalidSpec(
            "precision: float16 needs a GPU. Choose auto, bfloat16 or float32 on the CPU.",
            field="hyper_parameters.precision",
        )
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(False) else "float16"
    return "bfloat16" if cpu_has_bfloat16() else "float32"


def cpu_has_bfloat16() -> bool:
    """True for processors that multiply in bfloat16 (AMX, AVX512-BF16), unless oneDNN is off."""
    features = torch.cpu.get_capabilities()
    multiplies = bool(features.get("amx_bf16") or features.get("avx512_bf16"))
    return multiplies and bool(torch.backends.mkldnn.enabled)
