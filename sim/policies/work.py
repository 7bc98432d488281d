"""Instruments on work and government at home: growth, formal jobs, services; and a cleaner government.

They work slowly, and growth raises what households can pay for as well as what they would leave behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from sim.codes import AGRICULTURE, INFORMAL, MONTHS_A_YEAR, N_MONTHS
from sim.policies.base import DOSE, PLACE, Cost, Instrument, Made, common, number, who
from sim.policies.fields import Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HUNDRED = 100
"""Percentage points in a whole."""
FADE = 24
"""Months after its end until half of what a cleaner government changed is gone (assumed)."""
MOST_JOBS = 1_000_000
"""Formal jobs a year that may be asked for: about one household in eight."""


def grow(made: Made, where: NDArray[np.float64], points: float, strength: NDArray[np.float64]) -> None:
    """Let income grow faster by `points` percentage points a year, times strength; where: (54,) 1 or 0.

    What has grown stays: growth adds up while it is faster, and its level is kept after the end.
    """
    import numpy as np

    faster = np.log1p(points / HUNDRED) / MONTHS_A_YEAR * np.cumsum(strength)
    made.world.ln_local[:] += (where[:, None] * faster).astype(np.float32)


class EconomicInitiative(Instrument):
    """Faster growth of income at home, formal jobs, and better services."""

    FIELDS: ClassVar = {
        "growth_points": number("percentage points a year", "income at home grows faster by", 0.0, 10),
        "jobs_per_year": Field("whole", "jobs a year", "formal jobs for households that have none", 0, high=MOST_JOBS),
        "services": number("log-odds", "taken from the wish to leave by better services", 0.0, 3),
        **common(unit_cost=12000, lag=60, targets=(*PLACE, "rural"),
                 source="5,000-30,000 US$ a job, assumed; emigration rises by .35 to .74 % for 1 % of income in poor "
                        "countries (Clemens 2020), falls by 15 % when aid doubles (Lanati and Thiele 2018)"),
    }  # fmt: skip
    MOVES: ClassVar = {"household_income": 1, "hired": 1, "aspiring": -1, "depart_irregular": 0}
    WHY: ClassVar = (
        "Income at home lowers the wish to leave and raises the means to: across countries emigration rises with "
        "income up to about 10,000 US$ a person, within them better pay at home keeps people."
    )
    COST: ClassVar = Cost("job", "hired", ranges={"unit_cost_usd": (5000, 30000)})

    def apply(self, made: Made) -> None:
        """Add growth, the chance of a job and the effect of services. Only jobs ask who is rural."""
        reach, target = self.reach(made), self.settings["target"]
        strength = self.strength(made)
        if self.settings["growth_points"] > 0:
            grow(made, made.departments(target), self.settings["growth_points"], strength)
        if self.settings["services"] > 0:
            made.levers.hope[:] += (self.settings["services"] * reach).astype("float32")
        if self.settings["jobs_per_year"] > 0:
            self._hire(made, strength)

    def _hire(self, made: Made, strength: NDArray[np.float64]) -> None:
        """Set the monthly chance of a job: those of the month over households without one that are left."""
        import numpy as np

        from sim.state import HIRED

        target = self.settings["target"] or {}
        rural = [int(target["rural"])] if "rural" in target else [0, 1]
        seekers = made.weights["homes"][[AGRICULTURE, INFORMAL]][:, rural].sum(axis=(0, 1))
        seekers = seekers * made.departments(target)[:, None]
        first = seekers[:, self.months().start]
        jobs = np.outer(first / first.sum(), self.settings["jobs_per_year"] / MONTHS_A_YEAR * strength)
        left = np.maximum(seekers - np.cumsum(jobs, axis=1) + jobs, 1)
        chance = np.minimum(jobs / left, 1).astype(np.float32)
        made.levers.jobs[:] = np.maximum(made.levers.jobs, chance)
        made.levers.who[HIRED] = who(target)


class Governance(Instrument):
    """A cleaner government: less corruption, fewer bribes, some growth. Slow, and lost again when it ends."""

    FIELDS: ClassVar = {
        "governance_sd": number("SD", "governance index, up by", 0.0, 3),
        "bribe_reduction": number("share", "bribes asked of households, less by", 0.0, 1),
        "bribe_part": number("share", "victims of crime whose crime is a bribe or an official's extortion", 0.1, 1),
        "growth_points": number("percentage points a year", "income at home grows faster by", 0.0, 5),
        **common(unit_cost=20e6, lag=48, targets=("countries",),
                 source="victims of corruption wish to leave more often (LAPOP 2014); every size, and 20-100 million "
                        "US$ a year for the three countries, are assumed"),
        "fade_months": number("months", "months after the end until half of the effect is gone", FADE, N_MONTHS),
    }  # fmt: skip
    MOVES: ClassVar = {"aspiring": -1, "victims_crime": -1, "depart_irregular": 0}
    WHY: ClassVar = (
        "Hope for one's government is a reason to stay, growth also pays for journeys. What corruption does to actual "
        "journeys, not to intentions, is hardly known."
    )
    COST: ClassVar = Cost("country and year", DOSE, ranges={"unit_cost_usd": (7e6, 33e6)})

    def apply(self, made: Made) -> None:
        """Raise the index, lower bribes, add growth."""
        import numpy as np

        strength, target = self.strength(made), self.settings["target"]
        if self.settings["governance_sd"] > 0:
            better = self.settings["governance_sd"] * np.outer(made.countries(target), strength)
            made.world.governance[:] += better.astype(np.float32)
        bribes = self.settings["bribe_reduction"] * self.settings["bribe_part"]
        made.world.p_victim[:] *= (1 - bribes * self.reach(made)).astype(np.float32)
        if self.settings["growth_points"] > 0:
            grow(made, made.departments(target), self.settings["growth_points"], strength)

    def dose(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) countries in which it is in force, in years."""
        acts = any(self.settings[name] > 0 for name in ("governance_sd", "bribe_reduction", "growth_points"))
        return self.country_years(made) * acts


WORK: Mapping[str, type[Instrument]] = {"economic_initiative": EconomicInitiative, "governance": Governance}
"""By name in a scenario file."""
