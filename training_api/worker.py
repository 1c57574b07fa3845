"""What every worker process does around its work: a failure becomes an event and an exit code."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable

from training_api.reasons import EXIT_DISK_FULL, EXIT_FAILED, reason_of
from training_api.spec.errors import ReasonCode, SegsmithError


def exit_code_of(work: Callable[[], int], failed: Callable[[ReasonCode, str], None]) -> int:
    """What `work` returns; if it raises, `failed` tells of it and the code is the failure's."""
    try:
        return work()
    except Exception as error:
        reason, message = reason_of(error)
        with contextlib.suppress(SegsmithError, OSError):  # a full disk takes no event either
            if not isinstance(error, SegsmithError):
                print(traceback.format_exc(), flush=True)
            failed(reason, message)
        return EXIT_DISK_FULL if reason is ReasonCode.disk_full else EXIT_FAILED
