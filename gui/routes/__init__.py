"""The pages, one noun per file; ROUTERS lists them."""

from __future__ import annotations

from gui.routes import (
    catalogue,
    compare,
    datasets,
    job,
    job_actions,
    jobs,
    models,
    new_dataset,
    new_general,
    new_measure,
    new_parameters,
    new_weights,
    system,
    theme,
    try_it,
    weights,
)

ROUTERS = tuple(
    module.router
    for module in (
        jobs,
        new_dataset,
        new_general,
        new_parameters,
        new_measure,
        new_weights,
        compare,
        job_actions,
        job,
        models,
        datasets,
        catalogue,
        weights,
        try_it,
        system,
        theme,
    )
)
