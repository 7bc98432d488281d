"""Migration pathway policy simulator: the names to use from Python, loaded when first used.

`configure(["scenarios=labour_visas_50k"])` makes a configuration, `run_model(config)` runs it, `MigrationModel(config)`
steps it month by month, `RunResult.open(folder)` reads a recorded run.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Config": ("sim.config", "Config"),
    "configure": ("sim.compose", "compose"),
    "MigrationModel": ("sim.model", "MigrationModel"),
    "run_model": ("sim.model", "run_model"),
    "RunResult": ("sim.results", "RunResult"),
}
__all__ = ["Config", "MigrationModel", "RunResult", "configure", "run_model"]  # found by __getattr__


def __getattr__(name: str) -> Any:
    """Return a public name from the module where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no '{name}'; it has {', '.join(sorted(_HOMES))}")
    module, own_name = _HOMES[name]
    return getattr(importlib.import_module(module), own_name)
