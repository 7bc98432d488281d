"""Shocks that a user can place: droughts, hurricanes, the economy abroad, violence, closures, coffee.

They are instruments like any other: dated, for a place, neutral at zero. What households feel is the driver that
a shock changes, so a drought set here and one of the projection are the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any, ClassVar

from sim.codes import DESTINATIONS, N_MONTHS, month_index
from sim.policies.base import PLACE, Instrument, Made, common, number
from sim.policies.fields import Field

DRIEST, MOST_TIMES, LEAST_TIMES = 5, 10, 0.05
"""Bounds of what may be asked for: SD of dryness, ratios."""
LOCKDOWN = month_index("2020-03")
"""First month of the closures that a pandemic repeats."""


def dated(keys: tuple[str, ...] = (), **given: Any) -> dict[str, Field]:
    """Return the common settings without cost; of those on dates only `keys`, or all where none are named."""
    dates = ("phase_in_months", "lag_months", "end", "fade_months", "for_months")
    left_out = {"unit_cost_usd", "payer", *(key for key in dates if keys and key not in keys)}
    return {key: field for key, field in common(**given).items() if key not in left_out}


def times(doc: str) -> Field:
    """Return a setting by which something is multiplied."""
    return number("ratio", f"{doc}, times", 1.0, MOST_TIMES, LEAST_TIMES)


class Swing(Instrument):
    """A shock that can go either way: declared signs are those of a rise."""

    SWINGS: ClassVar[str]

    def moves(self) -> Mapping[str, int]:
        """Return the declared signs, turned round for a fall."""
        rises = self.settings[self.SWINGS] >= 1
        return {outcome: sign if rises else -sign for outcome, sign in self.MOVES.items()}


class Drought(Instrument):
    """A drought: dryness of the last growing seasons rises where it strikes, and farm households feel it.

    Below zero it takes dryness away, down to none: rains that are kinder than they were.
    """

    FIELDS: ClassVar = {
        "sd": number("SD", "added to dryness", 0.0, DRIEST, -DRIEST),
        **dated(targets=PLACE, source="families that left rose by 70.7 % a SD (Linke et al. 2023)"),
    }
    MOVES: ClassVar = {"aspiring": 1, "household_income": -1, "depart_irregular": 0}
    WHY: ClassVar = "Farm households wish to leave and lose the means to: the poorest may be unable to."

    def moves(self) -> Mapping[str, int]:
        """Return the declared signs, turned round where dryness is taken away."""
        return {outcome: sign if self.settings["sd"] >= 0 else -sign for outcome, sign in self.MOVES.items()}

    def apply(self, made: Made) -> None:
        """Add to dryness, or take away from it what there is."""
        added = made.departments(self.settings["target"])[:, None] * self.settings["sd"] * self.strength(made)
        dryness = made.world.dryness + added.astype("float32")
        made.world.dryness[:] = dryness if self.settings["sd"] >= 0 else dryness.clip(min=0)


class Hurricane(Instrument):
    """A hurricane that makes landfall in the first month in force.

    The share of households hit is that of the most exposed departments; of the others less, as with Eta and Iota in
    2020 (`drivers.eta_iota`), or the same everywhere.
    """

    FIELDS: ClassVar = {
        "share": number("share", "households hit in the most exposed departments", 0.0, 1),
        "path": Field("choice", "", "where it strikes", default="eta_iota", choices=("eta_iota", "everywhere")),
        **dated(("",), targets=PLACE, source="two in five Hondurans were affected by Eta and Iota"),
    }
    MOVES: ClassVar = {
        "hit_by_disaster": 1, "displaced_internal": 1, "household_income": -1, "aspiring": 1, "depart_irregular": 0,
    }  # fmt: skip
    WHY: ClassVar = "Who loses goods wishes to leave and can pay less: the earthquakes of 2001 kept people back."

    def apply(self, made: Made) -> None:
        """Add to the households hit in one month, at most `drivers.disaster_cap` of a department."""
        import numpy as np

        from sim.data.loader import load
        from sim.world.disasters import EXPOSURE_CLASSES

        exposure = made.departments(self.settings["target"])
        if self.settings["path"] == "eta_iota":
            weights = np.array([made.config[f"drivers.eta_iota.{name}"] for name in EXPOSURE_CLASSES])
            exposure = exposure * weights[load().department("eta_iota").astype(int)] / weights.max()
        added = self.settings["share"] * made.config["drivers.severity.storm"] * exposure
        hit, month = made.world.disaster, self.months().start
        most = np.maximum(hit[:, month], np.float32(made.config["drivers.disaster_cap"]))
        hit[:, month] = np.minimum(hit[:, month] + added.astype(np.float32), most)


class UsLabourMarket(Swing):
    """A recession or a shortage of labour in the United States."""

    SWINGS: ClassVar = "tightness"
    FIELDS: ClassVar = {
        "tightness": times("openings per unemployed person"),
        "wage": times("what migrants earn, and so send home"),
        "home_income": times("real income in the three countries"),
        **dated(source="unemployed per opening rose from 1.7 to 6.4 in 2007-09 (EPI); remittances to El Salvador and "
                       "Guatemala fell by 10 % in early 2009"),
    }  # fmt: skip
    MOVES: ClassVar = {"depart_irregular": 1}
    WHY: ClassVar = (
        "Fewer leave in a recession because there is less work, though less is sent home and income there falls too."
    )

    def apply(self, made: Made) -> None:
        """Change tightness, wages in the United States, and income at home."""
        world, strength = made.world, self.strength(made)
        world.ln_theta[:] += (log(self.settings["tightness"]) * strength).astype("float32")
        world.wage[DESTINATIONS.index("USA")] *= (1 + (self.settings["wage"] - 1) * strength).astype("float32")
        world.ln_local[:] += (log(self.settings["home_income"]) * strength).astype("float32")


class ViolenceShock(Swing):
    """A surge or a fall of homicides, of whatever cause; crime, and violence against women and children follow."""

    SWINGS: ClassVar = "homicides"
    FIELDS: ClassVar = {
        "homicides": times("homicides"),
        **dated(targets=PLACE, source="0.62 children left for each homicide (Clemens 2017), an elasticity of 0.2-0.45"),
    }
    MOVES: ClassVar = {"depart_irregular": 1, "victims_crime": 1, "victims_children": 1}

    def apply(self, made: Made) -> None:
        """Change violence and the chances of being a victim."""
        from sim.policies.safety import shift_violence

        here = made.departments(self.settings["target"])[:, None]
        shift_violence(made, here * log(self.settings["homicides"]) * self.strength(made))


class Pandemic(Instrument):
    """A pandemic: borders and roads close month by month as they did from March 2020."""

    FIELDS: ClassVar = {
        "closed": number("share", "part of the closure of 2020-21", 0.0, 1),
        "months": Field("whole", "months", "months repeated", default=24, low=1, high=N_MONTHS),
        **dated(("",), source="closures of 2020-21 as observed", grade="V"),
    }
    MOVES: ClassVar = {"depart_irregular": -1}
    WHY: ClassVar = "Closures alone: add a recession (us_labour_market) for what comes with them."

    def apply(self, made: Made) -> None:
        """Raise closure to that of 2020-21, or a part of it."""
        import numpy as np

        start, world = self.months().start, made.world
        length = min(self.settings["months"], N_MONTHS - start, N_MONTHS - LOCKDOWN)
        now, then = slice(start, start + length), slice(LOCKDOWN, LOCKDOWN + length)
        for closure in (world.closure, world.mex_closure):
            closure[..., now] = np.maximum(closure[..., now], closure[..., then] * np.float32(self.settings["closed"]))


class CoffeePrice(Swing):
    """A rise or a fall of the price of coffee, which farm households feel."""

    SWINGS: ClassVar = "price"
    FIELDS: ClassVar = {
        "price": times("real price of coffee"),
        **dated(source="mild arabica fell to 0.78 of its mean of 2013-19 in 2019"),
    }
    MOVES: ClassVar = {"household_income": 1, "aspiring": -1, "depart_irregular": 0}
    WHY: ClassVar = "Income that is lost raises the wish to leave and lowers the means to."

    def apply(self, made: Made) -> None:
        """Change the price in all three countries."""
        made.world.coffee[:] += (log(self.settings["price"]) * self.strength(made)).astype("float32")


SHOCKS: Mapping[str, type[Instrument]] = {
    "drought": Drought,
    "hurricane": Hurricane,
    "us_labour_market": UsLabourMarket,
    "violence_shock": ViolenceShock,
    "pandemic": Pandemic,
    "coffee_price": CoffeePrice,
}
"""By name in a scenario file."""
