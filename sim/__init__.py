"""Migration pathway policy simulator: the names to use from Python, loaded when first used.

`compose(["scenarios=labour_visas_50k"])` makes a configuration, `run_model(config)` runs it, `MigrationModel(config)`
steps it month by month, `RunResult.open(folder)` reads a recorded run.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Config": "sim.config",
    "compose": "sim.compose",
    "MigrationModel": "sim.model",
    "run_model": "sim.model",
    "RunResult": "sim.results",
}
__all__ = ["Config", "MigrationModel", "RunResult", "compose", "run_model"]  # noqa: F822  # found by __getattr__


def __getattr__(name: str) -> Any:
    """Return a public name from the module where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no '{name}'; it has {', '.join(sorted(_HOMES))}")
    return getattr(importlib.import_module(_HOMES[name]), name)
