"""Why a worker failed: from an exception to a reason code and a sentence with the remedy."""

from __future__ import annotations

import errno

from training_api.spec.errors import ReasonCode, SegsmithError
from training_api.spec.kinds.base import SMALLER_STEPS

EXIT_FAILED = 1
EXIT_DISK_FULL = 28
"""As errno.ENOSPC: tells the agent what the full disk kept out of the log."""
EXIT_TERMINATED = 75
"""As EX_TEMPFAIL: ended by a signal from outside, after saving a checkpoint."""

_BY_CODE = {
    "invalid_dataset": ReasonCode.bad_data,
    "invalid_spec": ReasonCode.invalid_spec,
    "disk_full": ReasonCode.disk_full,
    "diverged": ReasonCode.diverged,
    "out_of_memory": ReasonCode.out_of_memory,
    "killed": ReasonCode.killed,
    "crashed": ReasonCode.crashed,
    "no_engine": ReasonCode.no_engine,
    "no_gpu": ReasonCode.no_gpu,
    "weights_missing": ReasonCode.no_weights,
    "weights_unfit": ReasonCode.invalid_spec,
    "no_connection": ReasonCode.no_connection,
    "wrong_digest": ReasonCode.wrong_digest,
}
_NO_SPACE = "no space left on device"
_NO_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "bad_alloc",
    "alloc_failed",  # cuBLAS, cuDNN
    "insufficient memory",  # OpenCV
    "unable to allocate",  # NumPy
)


def reason_of(error: BaseException) -> tuple[ReasonCode, str]:
    """The reason code and the sentence for what ended a worker's work."""
    if isinstance(error, SegsmithError):
        return _BY_CODE.get(error.code, ReasonCode.error), error.message
    text = str(error)
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or _NO_SPACE in text.lower():  # libraries raise classes of their own
        return ReasonCode.disk_full, "The disk is full. Free some space and resume the job."
    if isinstance(error, MemoryError) or any(sign in text.lower() for sign in _NO_MEMORY):
        message = f"There was not enough memory. {SMALLER_STEPS}, and train again."
        return ReasonCode.out_of_memory, message
    if isinstance(error, ModuleNotFoundError):
        return ReasonCode.no_engine, (
            f"The engine's environment lacks the module '{error.name}'. Run `make setup`."
        )
    return ReasonCode.error, f"{type(error).__name__}: {text or 'no further description'}"
