"""A model as Mesa sees it: the few big agents that show the month, and households as agents one by one.

A `Household` is a view of one row; its `step` runs the very rules that the engine runs over all rows. Loaded when
agents are asked for: Mesa and what it brings along take longer to load than all else that a run needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.codes import COUNTRIES, N_DEPARTMENTS
from sim.world.geography import DEPARTMENTS, NAMES

if TYPE_CHECKING:
    from sim.model import MigrationModel
    from sim.programmes import Programme


class AgentModel(mesa.Model):
    """A model and its agents: departments, governments, pathways, the border; households where they step themselves.

    months: the model that lives the months.
    """

    def __init__(self, months: MigrationModel) -> None:
        super().__init__(rng=months.config["seed"])
        self.months = months
        for code in range(N_DEPARTMENTS):
            Department(self, code)
        for code in range(len(COUNTRIES)):
            Government(self, code)
        for code, programme in enumerate(months.book.programmes.items):
            Pathway(self, code, programme)
        Border(self)
        if months.config["engine"] == "agents":
            for row in range(len(months.engine)):
                Household(self, row)

    def step(self) -> None:
        """Live one month."""
        self.months.step()

    def live(self) -> None:
        """Run the rules of the month in every household, agent by agent."""
        self.agents_by_type[Household].do("step")


class Household(mesa.Agent):
    """One household: row `row` of the model's columns."""

    def __init__(self, model: AgentModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    def __getattr__(self, name: str) -> Any:
        """Return a column's value of this household."""
        columns = self.__dict__["model"].months.engine.columns
        if name not in columns._fields:
            raise AttributeError(f"a household has no '{name}'")
        return getattr(columns, name)[self.__dict__["row"]]

    def step(self) -> None:
        """Live the current month, if the household exists by then."""
        if self.first_month <= self.model.months.month:
            self.model.months.engine.live_one(self.row, self.model.months.month)


class Department(mesa.Agent):
    """A department in the current month."""

    def __init__(self, model: AgentModel, code: int) -> None:
        super().__init__(model)
        self.code, self.iso, self.name = code, DEPARTMENTS[code], NAMES[code]

    @property
    def violence(self) -> float:
        """Homicides per 100,000 a year, mean of twelve months."""
        return float(self.model.months.drivers.violence[self.code, self.model.months.month])

    @property
    def dryness(self) -> float:
        """Dryness S, SD."""
        return float(self.model.months.engine.world.dryness[self.code, self.model.months.month])

    @property
    def kin_share(self) -> float:
        """Share of households with kin or members in the United States."""
        return float(self.model.months.engine.feedback.kin_share[self.code])


class Pathway(mesa.Agent):
    """A regular programme: its places and its queue."""

    def __init__(self, model: AgentModel, code: int, programme: Programme) -> None:
        super().__init__(model)
        self.code, self.programme = code, programme

    def people(self, counter: str) -> np.ndarray:
        """Return (3 countries,) a counter of the ledger in the current month."""
        return self.model.months.book.ledger[counter][self.code, :, self.model.months.month]


class Government(mesa.Agent):
    """The government of an origin: what it offers those who return."""

    def __init__(self, model: AgentModel, code: int) -> None:
        super().__init__(model)
        self.code, self.country = code, COUNTRIES[code]

    @property
    def coverage(self) -> float:
        """Share of returned people who get help this month."""
        return float(self.model.months.engine.levers.coverage[self.code, self.model.months.month])


class Border(mesa.Agent):
    """Mexico and the United States as they are this month."""

    def __init__(self, model: AgentModel) -> None:
        super().__init__(model)

    @property
    def price(self) -> np.ndarray:
        """Return (3 countries,) the smuggler's price, 2021 US$."""
        return self.model.months.engine.feedback.price.copy()

    @property
    def released(self) -> np.ndarray:
        """Return (3 countries, 3 parties) release odds after an apprehension."""
        return self.model.months.engine.world.released[:, :, self.model.months.month].copy()
