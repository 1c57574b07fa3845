"""What has to be settled before PyTorch is loaded: import this module first."""

from __future__ import annotations

import os

# Worker threads that wait for each other sleep instead of spinning. Spinning pays only on an idle
# machine; while images are prepared, or another job runs, on the same cores it halves the speed.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
