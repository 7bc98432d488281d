"""Mesa agents: the few big ones that hold the month, and a household seen as one.

A `Household` is a view of one row; its `step` runs the very rules that the engine runs over all rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.codes import COUNTRIES
from sim.world.geography import DEPARTMENTS, NAMES

if TYPE_CHECKING:
    from sim.model import MigrationModel
    from sim.programmes import Programme


class Household(mesa.Agent):
    """One household: row `row` of the model's columns."""

    def __init__(self, model: MigrationModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    def __getattr__(self, name: str) -> Any:
        """Return a column's value of this household."""
        columns = self.__dict__["model"].engine.columns
        if name not in columns._fields:
            raise AttributeError(f"a household has no '{name}'")
        return getattr(columns, name)[self.__dict__["row"]]

    def step(self) -> None:
        """Live the current month, if the household exists by then."""
        if self.first_month <= self.model.month:
            self.model.engine.live_one(self.row, self.model.month)


class Department(mesa.Agent):
    """A department in the current month."""

    def __init__(self, model: MigrationModel, code: int) -> None:
        super().__init__(model)
        self.code, self.iso, self.name = code, DEPARTMENTS[code], NAMES[code]

    @property
    def violence(self) -> float:
        """Homicides per 100,000 a year, mean of twelve months."""
        return float(self.model.drivers.violence[self.code, self.model.month])

    @property
    def dryness(self) -> float:
        """Dryness S, SD."""
        return float(self.model.engine.world.dryness[self.code, self.model.month])

    @property
    def kin_share(self) -> float:
        """Share of households with kin or members in the United States."""
        return float(self.model.engine.feedback.kin_share[self.code])


class Pathway(mesa.Agent):
    """A regular programme: its places and its queue."""

    def __init__(self, model: MigrationModel, code: int, programme: Programme) -> None:
        super().__init__(model)
        self.code, self.programme = code, programme

    def people(self, counter: str) -> np.ndarray:
        """Return (3 countries,) a counter of the ledger in the current month."""
        return self.model.book.ledger[counter][self.code, :, self.model.month]


class Government(mesa.Agent):
    """The government of an origin: what it offers those who return."""

    def __init__(self, model: MigrationModel, code: int) -> None:
        super().__init__(model)
        self.code, self.country = code, COUNTRIES[code]

    @property
    def coverage(self) -> float:
        """Share of returned people who get help this month."""
        return float(self.model.engine.levers.coverage[self.code, self.model.month])


class Border(mesa.Agent):
    """Mexico and the United States as they are this month."""

    def __init__(self, model: MigrationModel) -> None:
        super().__init__(model)

    @property
    def price(self) -> np.ndarray:
        """Return (3 countries,) the smuggler's price, 2021 US$."""
        return self.model.engine.feedback.price.copy()

    @property
    def released(self) -> np.ndarray:
        """Return (3 countries, 3 parties) release odds after an apprehension."""
        return self.model.engine.world.released[:, :, self.model.month].copy()
