"""From a pickled .pth to safetensors, in a child of the torch environment.

The child reads with `weights_only=True`: tensors and plain containers, no code. It is the only
place where a pickle is read; everything else reads safetensors.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from training_api.spec.child import TookTooLong, run_to_end
from training_api.spec.environments import required_engine_python
from training_api.spec.errors import SegsmithError
from training_api.spec.hyper_parameters import EngineName

SECONDS = 600.0
"""The most that a conversion may take."""
_REFUSED = 2
_WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network")
"""Keys under which training scripts keep the tensors inside a checkpoint."""


class NotConverted(SegsmithError):
    """A .pth could not be read as plain tensors."""

    code = "not_converted"
    status = 409


def convert(source: Path, target: Path) -> None:
    """Write the tensors of `source` (.pth) to `target` (safetensors), whole or not at all.

    Raises NoEngine without the torch environment, NotConverted with the reason otherwise.
    """
    python = required_engine_python(EngineName.torch)
    part = target.with_name(f".{target.name}.part")
    command = [str(python), "-P", "-m", "training_api.weights.conversion", str(source), str(part)]
    try:
        ended = run_to_end(command, SECONDS)
    except TookTooLong:
        part.unlink(missing_ok=True)
        raise NotConverted(f"{source.name}: its conversion took over {SECONDS:.0f} s.") from None
    if ended.code:
        part.unlink(missing_ok=True)
        raise NotConverted(
            f"{source.name} cannot be read as plain tensors: {ended.complaint} Save it again as "
            "a state dict, or as safetensors."
        )
    part.chmod(0o644)  # safetensors makes it the writer's alone; others read what an image brings
    os.replace(part, target)


def main(arguments: list[str]) -> int:
    """The child: SOURCE TARGET. What is wrong goes to standard error in one line."""
    import pickle

    source, target = (Path(argument) for argument in arguments)
    try:
        _write(_tensors_of(source), target)
    except (ValueError, RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:
        first = str(error).strip().splitlines() or [type(error).__name__]
        print(first[0][:500].rstrip(".") + ".", file=sys.stderr)
        return _REFUSED
    return 0


def _tensors_of(source: Path) -> dict[str, Any]:
    """The named tensors of a state dict, also of one inside a checkpoint. Raises ValueError."""
    import torch

    # Official weights are published so; nothing but tensors is unpickled
    found = torch.load(source, map_location="cpu", weights_only=True)  # noqa: TID251
    for key in _WRAPPERS:
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict):
        raise ValueError(f"it holds a {type(found).__name__} instead of named tensors")
    tensors = {str(name): value for name, value in found.items() if torch.is_tensor(value)}
    others = [str(name) for name, value in found.items() if not torch.is_tensor(value)]
    if not tensors or others:
        raise ValueError(
            f"it holds other things than tensors: {', '.join(others[:5]) or 'nothing'}"
        )
    return {name.removeprefix("module."): tensor for name, tensor in tensors.items()}


def _write(tensors: dict[str, Any], target: Path) -> None:
    """Each tensor with memory of its own, as safetensors asks for."""
    from safetensors.torch import save_file

    save_file(
        {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, target
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
