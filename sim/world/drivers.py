"""What the world is like each month: the drivers that households feel, by department, country or nation-wide.

Observed where observed, then projected (`projection.py`) with draws of the seed alone, so that every scenario
of a seed meets the same world. Policies and named shocks change copies (`dataclasses.replace`). Methods,
checks and uncertainties: docs/drivers.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES
from sim.config import Config
from sim.data.loader import Data, load_driver_csv
from sim.errors import DataError
from sim.world import climate, disasters, economy, violence
from sim.world.geography import INDEX, department_country
from sim.world.known import as_known, last_known
from sim.world.projection import source_months

Array32 = NDArray[np.float32]

OWN_PATHS: Final = {
    "homicide": "violence",
    "dryness": "dryness",
    "tightness": "ln_tightness",
    "us_wage": "us_wage",
    "income": "local_income",
    "governance": "governance",
}
"""Key `drivers.NAME_file` of a configuration: the driver that the user's file replaces."""


@dataclass(frozen=True)
class Drivers:
    """The drivers of every month from January 2013, float32.

    By department, (54, 276): violence V (homicides per 100,000 a year, 12-month mean), ln_violence
    ln(V / Vbar), dryness S (SD, >= 0, last completed growing seasons), disaster E (share of households hit
    this month times severity), local_income (real income, 2021 = 1).
    By country, (3, 276): governance G (SD), closure (0-1, departures and consulates), coffee (ln real price
    relative to 2013-19).
    Everywhere, (276,): ln_tightness (ln openings per unemployed, 0 = 2014-19 mean), us_wage, mex_wage,
    can_wage (2021 US$ a month), mex_closure (0-1), season (factor, mean 1).
    observed_until: last observed month index of each; later months are projected. reference: Vbar, homicides per
    100,000 a year.
    """

    violence: Array32
    ln_violence: Array32
    dryness: Array32
    disaster: Array32
    local_income: Array32
    governance: Array32
    closure: Array32
    coffee: Array32
    ln_tightness: Array32
    us_wage: Array32
    mex_wage: Array32
    can_wage: Array32
    mex_closure: Array32
    season: Array32
    observed_until: Mapping[str, int]
    reference: float


def build_drivers(config: Config, data: Data) -> Drivers:
    """Return the drivers of a configuration: figures, projection of its seed, and the user's own paths.

    Raises:
        DataError: a table lacks what a driver needs, or a file of the user's own cannot be used.

    """
    data = as_known(config, data)
    source = source_months(config["seed"], last_known(data))
    wages = economy.wages(config, data, source)
    closure = economy.closure(config, data)
    homicides = violence.homicides(config, data)
    mean = violence.reference(homicides, data.department("population"))
    homicides = with_own_path(config, "homicide", homicides)
    dryness = with_own_path(config, "dryness", climate.dryness(config, data, source))
    income = economy.income(config, data, source)[department_country]
    return Drivers(
        violence=_float32(homicides),
        ln_violence=_float32(violence.log_ratio(homicides, mean, config["drivers.violence_floor"])),
        dryness=_float32(np.maximum(dryness, 0)),
        disaster=_float32(disasters.disasters(config, data, source)),
        local_income=_float32(with_own_path(config, "income", income)),
        governance=_float32(with_own_path(config, "governance", economy.governance(data))),
        closure=_float32(closure[: len(COUNTRIES)]),
        coffee=_float32(np.tile(economy.coffee(config, data, source), (len(COUNTRIES), 1))),
        ln_tightness=_float32(with_own_path(config, "tightness", economy.ln_tightness(config, data, source))),
        us_wage=_float32(with_own_path(config, "us_wage", wages["USA"])),
        mex_wage=_float32(wages["MEX"]),
        can_wage=_float32(wages["CAN"]),
        mex_closure=_float32(closure[-1]),
        season=_float32(economy.season(data)),
        observed_until={**economy.observed_until(data), "dryness": climate.dryness_until(data)},
        reference=mean,
    )


def with_own_path(config: Config, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `values` with the months replaced that the user's file of this driver gives, if there is one.

    values: (54, 276), (3, 276) or (276,). A country's value stands for its departments.

    Raises:
        DataError: the file cannot be used.

    """
    file = config[f"drivers.{name}_file"]
    if not file:
        return values
    try:
        path = load_driver_csv(file, OWN_PATHS[name])
    except DataError as error:
        raise DataError(f"drivers.{name}_file: {error}") from None
    out = np.atleast_2d(values).copy()
    ordered = sorted(zip(path.codes, path.values, strict=True), key=lambda pair: pair[0] in INDEX)
    for code, given in ordered:  # a country first, so that its departments may differ from it
        rows = _rows(code, len(out))
        months = np.isfinite(given)
        out[np.ix_(rows, months)] = given[months]
    return out.reshape(values.shape)


def _rows(code: str, count: int) -> NDArray[np.int64]:
    """Return the rows that a code stands for in an array of 54 departments, 3 countries or 1."""
    if count == 1:
        return np.array([0])
    if code in INDEX:
        return np.array([INDEX[code]])
    country = COUNTRIES.index(code)
    return np.array([country]) if count == len(COUNTRIES) else np.flatnonzero(department_country == country)


def _float32(values: NDArray[np.float64]) -> Array32:
    return np.ascontiguousarray(values, dtype=np.float32)
