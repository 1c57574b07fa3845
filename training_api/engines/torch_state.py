"""The state of a run as NumPy arrays: weights, optimizer, random numbers. No pickle."""

from __future__ import annotations

import zlib
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from training_api.engines.torch_learner import Learner
from training_api.spec.errors import Corrupt

Tensors = dict[str, NDArray[Any]]

MODEL = "model/"
AVERAGE = "average/"
OPTIMIZER = "optimizer/"
RANDOM_CPU = "random/cpu"
RANDOM_GPU = "random/gpu"


def weights_of(network: nn.Module) -> Tensors:
    """Parameters and buffers by name, copied, in PyTorch's usual layout."""
    return {name: _array(tensor) for name, tensor in network.state_dict().items()}


def state_of(learner: Learner, device: torch.device) -> Tensors:
    """All that continues a run: `model/NAME`, `average/NAME`, `optimizer/NAME/SLOT`, `random/…`."""
    found = {f"{MODEL}{name}": array for name, array in weights_of(learner.network).items()}
    if learner.average is not None:
        averaged = weights_of(learner.average.network)
        found |= {f"{AVERAGE}{name}": array for name, array in averaged.items()}
    for name, parameter in learner.network.named_parameters():
        for slot, value in learner.optimizer.state.get(parameter, {}).items():
            if value is not None:
                found[f"{OPTIMIZER}{name}/{slot}"] = _array(value)
    found[RANDOM_CPU] = _array(torch.get_rng_state())
    if device.type == "cuda":
        found[RANDOM_GPU] = _array(torch.cuda.get_rng_state(device))
    return found


def random_digest(device: torch.device) -> int:
    """32 bits that follow from the state of this process's random numbers, which stays as it is."""
    digest = zlib.crc32(torch.get_rng_state().numpy())
    if device.type == "cuda":
        digest = zlib.crc32(torch.cuda.get_rng_state(device).numpy(), digest)
    return digest


def restore_state(learner: Learner, device: torch.device, tensors: Tensors) -> None:
    """Load what `state_of` gave. Raises Corrupt naming tensors that do not fit; nothing is loaded
    then."""
    slots = _optimizer_slots(learner.network, tensors)
    if RANDOM_CPU not in tensors:
        raise Corrupt(f"The checkpoint lacks the tensor {RANDOM_CPU}. Resume from an older one.")
    model, averaged = _below(MODEL, tensors), _below(AVERAGE, tensors)
    _check_fit(learner.network, model)
    if learner.average is not None:
        load_weights(learner.average.network, averaged)
    load_weights(learner.network, model)
    learner.optimizer.state.clear()
    for parameter, slot, value in slots:
        learner.optimizer.state[parameter][slot] = _like(parameter, value)
    torch.set_rng_state(torch.tensor(tensors[RANDOM_CPU]))
    if device.type == "cuda" and RANDOM_GPU in tensors:
        torch.cuda.set_rng_state(torch.tensor(tensors[RANDOM_GPU]), device)


def load_weights(network: nn.Module, tensors: Tensors) -> None:
    """Load every parameter and buffer, in place. Raises Corrupt naming those that do not fit."""
    _check_fit(network, tensors)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            tensor.copy_(torch.tensor(tensors[name]))


def _check_fit(network: nn.Module, tensors: Tensors) -> None:
    own = network.state_dict()
    wrong = [name for name in own if name not in tensors]
    wrong += [name for name in tensors if name not in own or tensors[name].shape != own[name].shape]
    if wrong:
        raise _unfit(wrong)


def _below(prefix: str, tensors: Tensors) -> Tensors:
    return {n.removeprefix(prefix): value for n, value in tensors.items() if n.startswith(prefix)}


def _optimizer_slots(
    network: nn.Module, tensors: Tensors
) -> list[tuple[nn.Parameter, str, NDArray[Any]]]:
    """(parameter, slot, value) of all optimizer tensors. Raises Corrupt."""
    parameters = dict(network.named_parameters())
    slots, wrong = [], []
    for full, value in tensors.items():
        if not full.startswith(OPTIMIZER):
            continue
        name, _, slot = full.removeprefix(OPTIMIZER).rpartition("/")
        parameter = parameters.get(name)
        if parameter is None or value.shape not in ((), tuple(parameter.shape)):
            wrong.append(full)
        else:
            slots.append((parameter, slot, value))
    if wrong:
        raise _unfit(wrong)
    return slots


def _unfit(names: list[str]) -> Corrupt:
    shown = ", ".join(sorted(names)[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return Corrupt(
        f"Tensors that do not fit the network: {shown}{more}. Use the network, options and classes "
        "that the file was written with."
    )


def _like(parameter: nn.Parameter, value: NDArray[Any]) -> torch.Tensor:
    """`value` on the parameter's device and in its memory layout, which fused kernels rely on."""
    if value.shape != tuple(parameter.shape):
        return torch.tensor(value, device=parameter.device)
    return torch.empty_like(parameter, requires_grad=False).copy_(torch.tensor(value))


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    copied = tensor.detach().to("cpu", memory_format=torch.contiguous_format, copy=True)
    array: NDArray[Any] = copied.numpy()
    return array
