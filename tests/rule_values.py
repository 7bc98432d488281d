"""Parameters and arithmetic in float64 for tests that hold rules to their equations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sim.codes import COUNTRIES
from sim.config import default_config
from sim.state import behaviour

GTM = COUNTRIES.index("GTM")
F = np.float32


def parameters(**values: float) -> Any:
    """Return the parameters of the rules as a record; keys as in `Config.replace`."""
    return behaviour(default_config(**values))[0]


def number(P: Any, name: str, country: int | None = None) -> float:
    """Return a parameter as float64."""
    return float(P[name] if country is None else P[name][country])


def logistic(x: float) -> float:
    """Return 1 / (1 + e^-x)."""
    return 1 / (1 + np.exp(-x))


def told(at: Mapping[str, float]) -> list[Any]:
    """Return arguments as a rule takes them: float32, whole numbers as they are."""
    return [F(x) if isinstance(x, float) else x for x in at.values()]


def rise(rule: Callable[..., float], at: Mapping[str, float], name: str, by: float, P: Any) -> float:
    """Return by how much a rule rises when one argument does; `at` in the order of the rule's arguments."""
    return float(rule(*told({**at, name: at[name] + by}), P)) - float(rule(*told(at), P))
