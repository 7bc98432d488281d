"""The 54 departments stand in one order everywhere, and their map is connected."""

from __future__ import annotations

import numpy as np
import pytest

from sim.codes import N_DEPARTMENTS
from sim.data.loader import load
from sim.errors import RequestError
from sim.world import geography


def test_departments_stand_in_the_order_of_all_arrays() -> None:
    assert load().departments == geography.DEPARTMENTS
    assert len(set(geography.DEPARTMENTS)) == N_DEPARTMENTS
    assert np.bincount(geography.department_country).tolist() == [14, 22, 18]
    assert (np.diff(geography.department_country) >= 0).all()
    assert geography.NAMES[geography.department_index("HN-GD")] == "Gracias a Dios"
    with pytest.raises(RequestError, match="did you mean 'GT-16'"):
        geography.department_index("Alta Verapaz")


def test_neighbours_are_mutual_and_reach_every_department() -> None:
    adjacency = geography.adjacency
    assert (adjacency == adjacency.T).all()
    assert not adjacency.diagonal().any()
    reached = np.zeros(N_DEPARTMENTS, dtype=bool)
    reached[0] = True
    for _ in range(N_DEPARTMENTS):
        reached |= adjacency[reached].any(axis=0)
    assert reached.all()
    home = geography.department_index("SV-AH")
    assert set(geography.neighbours(home, same_country=True)) < set(geography.neighbours(home))


def test_constants_of_geography_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        geography.adjacency[0, 0] = True
