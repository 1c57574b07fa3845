"""Importing MXNet 1.9.1 beside a NumPy that dropped one of its names."""

from __future__ import annotations

import os
import warnings
from typing import Any

from training_api.engines.gluoncv_amx import allow_amx


def import_mxnet(cpus: int = 0, use_mkl: bool = True) -> Any:
    """The mxnet module. Threads and oneDNN are fixed by the first import in a process.

    MXNet looks up `np.bool` while it is imported; NumPy 1.24 removed that alias of `np.bool_`.
    """
    import numpy as np

    if cpus:
        os.environ.setdefault("OMP_NUM_THREADS", str(cpus))
    if use_mkl:
        allow_amx()
    else:
        os.environ.setdefault("MXNET_ONEDNN_ENABLED", "0")
        os.environ.setdefault("MXNET_MKLDNN_ENABLED", "0")
    if "bool" not in vars(np):  # hasattr would warn
        setattr(np, "bool", np.bool_)  # noqa: B010
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mxnet
        import mxnet.autograd
        import mxnet.gluon
    return mxnet
