"""Wrong tokens, counted by the address that they come from."""

from __future__ import annotations

import time

from training_api.spec.security.asgi import Refusal

FREE_FAILURES = 5
"""Wrong tokens per minute and address before further ones are told to wait."""
MOST_ADDRESSES = 1000
_SECONDS = 60


class Failures:
    """Moments of the latest wrong tokens; of MOST_ADDRESSES addresses at most."""

    def __init__(self) -> None:
        self._moments: dict[str, list[float]] = {}  # who failed longest ago comes first

    def __len__(self) -> int:
        return len(self._moments)

    def add(self, address: str) -> None:
        """Count a wrong token. Raises Refusal (429) after several within a minute."""
        present = time.monotonic()
        before = self._moments.pop(address, [])
        moments = [moment for moment in before if moment > present - _SECONDS]
        self._moments[address] = moments
        if len(moments) >= FREE_FAILURES:
            wait = int(moments[0] + _SECONDS - present) + 1
            raise Refusal(
                429,
                "too_many_attempts",
                f"There were several wrong tokens. Try again in {wait} seconds.",
                [(b"retry-after", str(wait).encode())],
            )
        moments.append(present)
        while len(self._moments) > MOST_ADDRESSES:
            del self._moments[next(iter(self._moments))]
