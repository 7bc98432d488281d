"""The comparisons of a run with the record: what was counted, what was simulated, and the band accepted.

Each function asks one question and answers by country and for all three. Encounters are true person-events of
the model, without the common noise of recorded ones. Months that a run did not record leave their rows out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.monthly import MonthlyFlows, Picked, Yearly, by_year, yearly_outcomes
from sim.codes import COUNTRIES, DESTINATIONS, FIRST_YEAR, MONTHS_A_YEAR, N_MONTHS, PARTIES, fiscal_year
from sim.data.loader import Data
from sim.record import Record
from sim.results import RunResult
from sim.world.geography import department_country

ALL = "all three"
AREAS: tuple[tuple[str, tuple[str, ...]], ...] = (*((c, (c,)) for c in COUNTRIES), (ALL, COUNTRIES))
RATIO, POINTS, LEVEL = "ratio", "pp", "level"
PERCENT = 100.0
CALENDAR = np.array([FIRST_YEAR + month // MONTHS_A_YEAR for month in range(N_MONTHS)])
FISCAL = np.array([fiscal_year(month) for month in range(N_MONTHS)])
FISCAL_YEARS, FITTED_YEARS = range(2014, 2022), range(2014, 2020)
RETURN_YEARS, JOURNEY_YEARS, SURVEY_YEARS = range(2015, 2020), range(2016, 2021), range(2016, 2022)
"""Calendar years: of returns on record, of the estimate of journeys, and what the survey of 2021 asked for."""
FUNNEL_YEARS, DIASPORA_YEARS, SURVEY_YEAR = (2014, 2017, 2019, 2021), (2015, 2020, 2024), 2021
PRICE_YEAR = 2021
"""Year of the simulated US dollars."""
SMUGGLER, OWN = "irregular_usa_smuggler", "irregular_usa_own"
Band = tuple[float, float] | None
BANDS = {
    "encounters_sum": (0.88, 1.12), "rise_2019": (1 / 1.6, 1.6), "returns": (0.85, 1.15),
    "growth": (0.85, 1.15), "price": (0.9, 1.1), "us_journeys": (0.88, 1.12), "diaspora": (0.9, 1.1),
    "party": (-10.0, 10.0), "mode": (-7.0, 7.0), "funding": (-8.0, 8.0),
    "left_again": (0.15, 0.45), "leave_2021": (0.009, 0.014),
}  # fmt: skip
"""Accepted, set before any run was seen: simulated over observed; percentage points; the level itself."""


@dataclass(frozen=True)
class Row:
    """One comparison of a simulated with an observed quantity.

    measure: 'ratio' simulated over observed, 'pp' percentage points between two shares (given as 0 to 1),
    or 'level', the simulated share itself. band: accepted values of the measure, None if not scored.
    """

    target: str
    group: str
    period: str
    unit: str
    simulated: float
    observed: float | None = None
    measure: str = RATIO
    band: Band = None

    @property
    def distance(self) -> float | None:
        """Return the measure; None where it needs an observation and there is none."""
        if self.measure == LEVEL:
            return self.simulated
        if not self.observed:
            return None
        if self.measure == POINTS:
            return (self.simulated - self.observed) * PERCENT
        return self.simulated / self.observed

    @property
    def verdict(self) -> str:
        """Return 'inside' or 'MISS', or '' where no band was set."""
        if self.band is None or self.distance is None:
            return ""
        return "inside" if self.band[0] <= self.distance <= self.band[1] else "MISS"


class Sums:
    """Sums of a run and of the record over countries and years; nan where any part is missing."""

    def __init__(self, flows: MonthlyFlows, yearly: Yearly, data: Data) -> None:
        """Take what a run recorded, and the figures to hold it against."""
        self.flows, self.yearly, self.data = flows, yearly, data

    @classmethod
    def of_run(cls, result: RunResult, data: Data) -> Sums:
        """Read what a run recorded."""
        return cls(MonthlyFlows.of_run(result), yearly_outcomes(result), data)

    @classmethod
    def of_record(cls, record: Record, data: Data) -> Sums:
        """Take what a run in memory has recorded."""
        return cls(MonthlyFlows.of_record(record), by_year(record.outcomes()), data)

    def flow(
        self, flow: Picked, countries: Picked, years: Iterable[int], calendar: NDArray[np.int64] = CALENDAR,
        **picked: Picked,
    ) -> float:  # fmt: skip
        """Return people of a flow; years are calendar years, or fiscal ones with `calendar=FISCAL`."""
        months = np.isin(calendar, list(years))
        return float(self.flows.people(flow, country=countries, **picked)[months].sum())

    def months(self, year: int) -> int:
        """Return how many months of a calendar year were recorded."""
        recorded = CALENDAR[self.flows.first : self.flows.last + 1]
        return int((recorded == year).sum())

    def outcome(self, name: str, countries: Sequence[str], years: Iterable[int]) -> float:
        """Return an outcome summed over countries and whole calendar years."""
        years = list(years)
        if any(self.months(year) < MONTHS_A_YEAR for year in years):
            return np.nan
        return self.part(name, countries, years)

    def part(self, name: str, countries: Sequence[str], years: Sequence[int]) -> float:
        """Return an outcome summed over countries and what was recorded of the years."""
        groups = [self.yearly.get((name, f"country={country}"), {}) for country in countries]
        return float(sum(group.get(year, np.nan) for group in groups for year in years))

    def observed(self, variable: str, countries: Sequence[str], years: Iterable[int]) -> float | None:
        """Return a figure of `country_year` summed over countries and years, None if one is missing."""
        years = list(years)
        found = [self.data.year(variable, country).get(year) for country in countries for year in years]
        known = [value for value in found if value is not None]
        return sum(known) if len(known) == len(found) else None


def encounters(sums: Sums) -> list[Row]:
    """Compare encounters of every fiscal year, their sum, and the rise to FY2019."""
    name, rows, rises = "US Border Patrol encounters", [], []
    for area, countries in AREAS:
        simulated = {year: sums.flow("encounter_us", countries, [year], FISCAL) for year in FISCAL_YEARS}
        observed = {year: sums.observed("encounters_usbp", countries, [year]) or 0 for year in FISCAL_YEARS}
        rows += [Row(name, area, f"FY{y}", "events", simulated[y], observed[y]) for y in FISCAL_YEARS]
        ours, theirs = (sum(values[year] for year in FITTED_YEARS) for values in (simulated, observed))
        rows.append(Row(name, area, "FY2014-19", "events", ours, theirs, band=BANDS["encounters_sum"]))
        if simulated[2017]:
            ours, theirs = (values[2019] / values[2017] for values in (simulated, observed))
            rise = Row("encounters, FY2019 / FY2017", area, "FY2019", "-", ours, theirs, band=BANDS["rise_2019"])
            rises.append(rise)
    return rows + rises


def party_mix(sums: Sums) -> list[Row]:
    """Compare the parties of the encounters of FY2019."""
    rows = []
    for area, countries in AREAS:
        simulated = sums.flow("encounter_us", countries, [2019], FISCAL)
        observed = sums.observed("encounters_usbp", countries, [2019])
        for party in PARTIES:
            part = sums.flow("encounter_us", countries, [2019], FISCAL, party=party)
            counted = sums.observed(f"encounters_usbp_{party}", countries, [2019])
            if simulated and observed and counted:
                shares = part / simulated, counted / observed
                name, band = f"encounters, {party.replace('_', ' ')}", BANDS["party"] if area == ALL else None
                rows.append(Row(name, area, "FY2019", "share", *shares, POINTS, band))
    return rows


def returns(sums: Sums) -> list[Row]:
    """Compare removals home with the returns received, 2015-19, and by the country that removed."""
    name, rows, parts = "removed home", [], []
    whole = sums.data.fact("returns_received_2015_2019")
    for area, countries in AREAS:
        for year in RETURN_YEARS:
            observed = sums.observed("returns_received", countries, [year])
            others = sums.observed("returns_received", countries, set(RETURN_YEARS) - {year})
            if observed is None and others is not None and area == ALL:
                observed = whole - others
            simulated = sums.flow("removed", countries, [year])
            rows.append(Row(name, area, str(year), "people", simulated, observed))
        scored: tuple[float | None, Band] = (whole, BANDS["returns"]) if area == ALL else (None, None)
        simulated = sums.flow("removed", countries, RETURN_YEARS)
        rows.append(Row(name, area, "2015-19", "people", simulated, scored[0], band=scored[1]))
        mexico = sums.flow("removed", countries, RETURN_YEARS, destination="MEX")
        usa = sums.flow("removed", countries, RETURN_YEARS, FISCAL, destination="USA")
        counted = [sums.observed(key, countries, RETURN_YEARS) for key in ("mexico_returns", "us_removals")]
        parts.append(Row("removed home by Mexico", area, "2015-19", "people", mexico, counted[0]))
        parts.append(Row("removed home by the USA", area, "FY2015-19", "people", usa, counted[1]))
        for flow, what in (("return_voluntary", "returned by choice"), ("deter", "gave up at the border")):
            parts.append(Row(what, area, "2015-19", "people", sums.flow(flow, countries, RETURN_YEARS)))
    return rows + parts


def remittances(sums: Sums) -> list[Row]:
    """Compare growth in 2021 US$, and give the factor from simulated to balance of payments (not scored)."""
    cpi = sums.data.year("cpi", "USA")
    rows, factors = [], []
    for area, countries in AREAS:
        simulated, observed = {}, {}
        for year in (2013, 2014, 2019):
            recorded = sums.months(year)
            if recorded == MONTHS_A_YEAR or (year == 2013 and recorded):
                simulated[year] = sums.part("remittances", countries, [year]) * MONTHS_A_YEAR / recorded
            current = sums.observed("remittances", countries, [year])
            observed[year] = (current or 0.0) * cpi[PRICE_YEAR] / cpi[year]
        for base in (2013, 2014):
            if {base, 2019} <= simulated.keys() and simulated[base]:
                ours, theirs = (values[2019] / values[base] for values in (simulated, observed))
                band = BANDS["growth"] if base == 2013 else None
                period = f"{base}-19" if sums.months(base) == MONTHS_A_YEAR else f"late {base}-19"
                rows.append(Row("remittances, growth", area, period, "-", ours, theirs, band=band))
        for year in (2014, 2019):
            if simulated.get(year):
                factor = observed[year] / simulated[year]
                factors.append(Row("remittances, reporting factor", area, str(year), "-", factor))
    return rows + factors


def journeys(sums: Sums) -> list[Row]:
    """Compare how many go to the United States a year, by what mode, and what smugglers are paid."""
    fact, rows, modes, prices = sums.data.fact, [], [], []
    facts = {
        "smuggler": "share_using_smuggler", "own_or_caravan": "share_own_or_caravan",
        "regular": "share_regular_channels",
    }  # fmt: skip
    for area, countries in AREAS:
        scored = area == ALL
        people = {
            name: sums.flow("depart_irregular", countries, SURVEY_YEARS, pathway=way)
            for name, way in (("smuggler", SMUGGLER), ("own_or_caravan", OWN))
        }
        irregular = sum(people.values())
        people["regular"] = sums.flow("arrive_regular", countries, SURVEY_YEARS, destination="USA")
        told = {mode: fact(facts[mode]) if scored else fact(f"journey_mode_{mode}", area) for mode in people}
        gone = sums.flow(("depart_irregular", "arrive_regular"), countries, JOURNEY_YEARS, destination="USA")
        estimate = sum(fact("migrants_to_usa_a_year_2016_2020", country) for country in countries)
        a_year = gone / len(JOURNEY_YEARS)
        rows.append(Row("journeys to the USA a year", area, "2016-20", "people", a_year, estimate,
                        band=BANDS["us_journeys"] if scored else None))  # fmt: skip
        if not irregular > 0:
            continue
        band = BANDS["mode"] if scored else None
        asked = told["smuggler"] + told["own_or_caravan"]
        shares = people["smuggler"] / irregular, told["smuggler"] / asked
        modes.append(Row("smuggler, of irregular to USA", area, "2016-21", "share", *shares, POINTS, band))
        for mode, number in people.items():
            shares = number / sum(people.values()), told[mode]
            name = f"{mode.replace('_', ' ')}, of all to USA"
            modes.append(Row(name, area, "2016-21", "share", *shares, POINTS, band))
        if people["smuggler"]:
            # the survey asks for the price of a journey; what was paid is less: part of it falls due on arrival
            quoted = sums.outcome("smuggler_price", countries, SURVEY_YEARS) / len(SURVEY_YEARS) / len(countries)
            price = fact("cost_with_smuggler_mean") if scored else fact("journey_cost_smuggler_mean", area)
            prices.append(Row("price with a smuggler", area, "2016-21", "2021 US$", quoted, price,
                              band=BANDS["price"] if scored else None))  # fmt: skip
            paid = sums.outcome("smuggler_revenue", countries, SURVEY_YEARS) / people["smuggler"]
            prices.append(Row("paid to smugglers a person", area, "2016-21", "2021 US$", paid))
    return rows + modes + prices


def funding(sums: Sums) -> list[Row]:
    """Compare what paid for journeys with a smuggler."""
    facts = {
        "own savings": ("funded_own", "smuggler_share_own_savings"),
        "kin": ("funded_kin", "smuggler_share_family_friends"),
        "loan": ("funded_loan", "smuggler_share_bank_loans"),
    }
    rows = []
    for area, countries in AREAS:
        people = {key: sums.outcome(outcome, countries, SURVEY_YEARS) for key, (outcome, _) in facts.items()}
        for key, (_, fact) in facts.items():
            if sum(people.values()) > 0:
                name, share = f"smuggler paid by {key}", people[key] / sum(people.values())
                known, band = (sums.data.fact(fact), BANDS["funding"]) if area == ALL else (None, None)
                rows.append(Row(name, area, "2016-21", "share", share, known, POINTS, band))
    return rows


def funnel(sums: Sums) -> list[Row]:
    """Give shares that aspire, plan and leave; surveys ask adults, the model asks households: not scored."""
    asked = {
        "aspiring": sums.data.facts("wfp_desire_to_migrate_internationally"),
        "planning": sums.data.facts("wfp_concrete_preparations"),
    }
    rows = []
    for area, countries in AREAS:
        for stock, adults in asked.items():
            for year in FUNNEL_YEARS:
                share = sums.outcome(f"{stock}_households", countries, [year])
                share /= sums.outcome("households", countries, [year])
                known = adults.get(year) if area == ALL else None
                name = f"households {stock} (observed: adults)"
                rows.append(Row(name, area, str(year), "share", share, known, POINTS))
        for year in FUNNEL_YEARS:
            left = sums.flow(("depart_irregular", "arrive_regular"), countries, [year])
            share = left / sums.outcome("people_at_home", countries, [year])
            band = BANDS["leave_2021"] if area == ALL and year == SURVEY_YEAR else None
            rows.append(Row("people who leave in a year", area, str(year), "share", share, None, LEVEL, band))
    return rows


def diaspora(sums: Sums) -> list[Row]:
    """Compare kin and members abroad with the migrant stock of the United Nations."""
    rows = []
    for place in DESTINATIONS:
        for area, countries in AREAS:
            for year in DIASPORA_YEARS:
                simulated = sums.outcome(f"abroad_{place.lower()}", countries, [year])
                observed = sums.observed(f"migrants_in_{place.lower()}", countries, [year])
                band = BANDS["diaspora"] if place == "USA" and year == DIASPORA_YEARS[0] else None
                name = f"living in {place}"
                rows.append(Row(name, area, str(year), "people", simulated, observed, band=band))
    return rows


def left_again(sums: Sums) -> list[Row]:
    """Give departures within 12 months of a return over returns, removed, by choice or after giving up."""
    rows = []
    for area, countries in AREAS:
        came = sums.flow(("removed", "return_voluntary", "deter"), countries, RETURN_YEARS)
        left = sums.flow("remigrate", countries, RETURN_YEARS)
        if came > 0:
            band = BANDS["left_again"] if area == ALL else None
            name = "returned who leave again"
            rows.append(Row(name, area, "2015-19", "share", left / came, None, LEVEL, band))
    return rows


def receiving(sums: Sums) -> list[Row]:
    """Give the share of households that receive remittances, beside the censuses and the Task Force's report.

    The report's 4 of 14 million cannot be the three countries' households: only the share can be compared.
    """
    name, rows = "households receiving remittances", []
    homes, share = (sums.data.department(variable) for variable in ("households", "remittance_share"))
    for area, countries in AREAS:
        here = np.isin(np.array(COUNTRIES)[department_country], countries)
        ours = sums.outcome("receiving_remittances_households", countries, [SURVEY_YEAR])
        ours /= sums.outcome("households", countries, [SURVEY_YEAR])
        census = float(np.average(share[here], weights=homes[here]))
        rows.append(Row(f"{name} (censuses)", area, str(SURVEY_YEAR), "share", ours, census, POINTS))
        if area == ALL:
            report = sums.data.fact("receiving_households_report") / sums.data.fact("households_report")
            rows.append(Row(f"{name} (report: 4 of 14 million)", area, str(SURVEY_YEAR), "share", ours, report, POINTS))
    return rows


TARGETS = (encounters, party_mix, returns, journeys, funding, remittances, funnel, diaspora, receiving, left_again)
