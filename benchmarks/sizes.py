"""How large a share of all households gives so many rows."""

from __future__ import annotations

from sim.config import default_config
from sim.data.loader import load
from sim.population import synthesise

PROBE_SHARE = 0.001


def share_of_first(n_households: int) -> float:
    """Return the share of all households at which about so many rows are there in January 2013."""
    found = len(synthesise(default_config(population__share=PROBE_SHARE), load(), last=0))
    return PROBE_SHARE * n_households / found
