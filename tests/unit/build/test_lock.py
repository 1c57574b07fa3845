"""What goes into a lock file."""

from __future__ import annotations

import lock

FROZEN = """# Editable Git install with no remote (segsmith==0.1.0)
-e /somewhere/segsmith
numpy==1.26.4
Jinja2==3.1.6
torch==2.13.0+cpu
torchvision==0.28.0
nvidia-cudnn-cu13==9.1
triton==3.4
local @ file:///somewhere/local.whl
alembic==1.20.1
"""


def test_exact_versions_only_and_no_pytorch():
    assert lock.lines(FROZEN) == ["alembic==1.20.1", "Jinja2==3.1.6", "numpy==1.26.4"]
