"""Every measured quantity of a run, once: name, unit, label, how months make a year, and where it is kept.

`sim/record.py` writes what is listed here and nothing else, `analysis` takes labels and units from here, and
`docs/outcomes.md` is this list. A new outcome is a line below, in the family whose rows record and groups share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sim.codes import COUNTRIES, DESTINATIONS
from sim.errors import RequestError, WorkError, nearest

LEVELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "country": COUNTRIES, "quintile": ("1", "2", "3", "4", "5"), "head": ("male", "female"),
    "indigenous": ("no", "yes"), "rural": ("no", "yes"),
})  # fmt: skip
"""The groups of households whose cells every month counts, each with its levels in order of their codes."""
GROUPS: Final = tuple(LEVELS)
SUM, MEAN = "sum of the months", "mean of the months"
PEOPLE, HOUSEHOLDS, EVENTS, US_DOLLARS = "people", "households", "events", "2021 US$"


@dataclass(frozen=True, slots=True)
class Family:
    """Outcomes that are counted alike. groups: of its rows in outcomes.csv; files: where it is kept."""

    title: str
    doc: str
    over_time: str
    groups: tuple[str, ...]
    files: tuple[str, ...] = ("outcomes.csv",)


FLOW: Final = Family(
    "Events", "Counted where and to whom they happen, month by month, in real people and real households.",
    SUM, ("all", *GROUPS, "department", "pathway", "party"), ("flows.parquet", "outcomes.csv"),
)  # fmt: skip
STOCK: Final = Family(
    "Stocks", "Taken when households have lived their month, before the month's places are given out.",
    MEAN, ("country",), ("stocks.parquet", "outcomes.csv"),
)  # fmt: skip
HOUSEHOLDS_OF: Final = Family("Households of stocks", "The households in each stock.", MEAN, ("country",), STOCK.files)
MONEY: Final = Family("Money", "Summed in cents over households.", SUM, ("all", *GROUPS, "department"))
HARM: Final = Family(
    "Harms at home", "Households hit, once in a month in which they are; by crime of what kind, or by a disaster.",
    SUM, ("all", *GROUPS),
)  # fmt: skip
LIVING: Final = Family("Those at home", "The denominators of shares.", MEAN, ("all", *GROUPS))
REACHED: Final = Family("Households in programmes", "Reached by a policy in a month.", MEAN, ("country",))
SERVED: Final = Family("Served once", "Jobs found and help begun.", SUM, ("country",))
"""The outcomes of REACHED, then those of SERVED, are in the order of the first axis of `Levers.share`."""
DELIVERED: Final = Family(
    "Delivered", "By policies that count their own units: the unit of their cost (docs/costs.md).", SUM, ("policy",),
)  # fmt: skip
ABROAD: Final = Family("Those abroad", "Kin and members away of the households counted.", MEAN, ("country",))
FUNDS: Final = Family("How smugglers are paid", "By the main source of the money.", SUM, ("country",))
SEEN: Final = Family("What an agency records", "The model's encounters under a common shock.", SUM, ("country",))
PRICE: Final = Family("Prices", "Countries are averaged, not summed.", MEAN, ("country",))
INDEX: Final = Family(
    "Indices", "Set by policies, not lived by households: 0 to 100. Countries are averaged, not summed.", MEAN,
    ("country",),
)  # fmt: skip
QUOTIENT: Final = Family("Quotients", "Worked out from two of the others, a month.", MEAN, ("country",), ())


@dataclass(frozen=True, slots=True)
class Outcome:
    """One measured quantity.

    adds: whether the values of groups add up; if not, they are averaged. headline: its name among the four
    numbers. shown: whether `compare` shows it. rests_on: the flow or stock whose households it is made of, if it
    is neither; '': all households. of, over: the two outcomes that it is the quotient of.
    """

    name: str
    family: Family
    unit: str
    label: str
    doc: str
    adds: bool = True
    headline: str = ""
    shown: bool = False
    rests_on: str = ""
    of: str = ""
    over: str = ""

    @property
    def rate(self) -> str:
        """Return the unit of its value over several years: 'people a year'; 'people, mean'."""
        if self.over:
            return self.unit
        return f"{self.unit} a year" if self.family.over_time == SUM else f"{self.unit}, mean"


_STOCKS = (
    Outcome("away_regular", STOCK, PEOPLE, "Away with papers", "members away with a temporary or resident status"),
    Outcome("away_irregular", STOCK, PEOPLE, "Away without papers", "members away without papers"),
    Outcome("queue", STOCK, PEOPLE, "Waiting for a place", "people in a queue", shown=True),
    Outcome("returned_12m", STOCK, HOUSEHOLDS, "Returned lately",
            "households with a return in the last twelve months"),
    Outcome("displaced", STOCK, PEOPLE, "Displaced", "people of displaced households", shown=True),
    Outcome("aspiring", STOCK, HOUSEHOLDS, "Wish to leave", "households that wish to leave"),
    Outcome("planning", STOCK, HOUSEHOLDS, "Plan to leave", "households that plan or wait in a queue"),
    Outcome("receiving_remittances", STOCK, HOUSEHOLDS, "Receive remittances",
            "households that received money this month"),
)  # fmt: skip
_ALL = (
    Outcome("aspire", FLOW, HOUSEHOLDS, "Begin to wish to leave", "households that begin to wish to leave"),
    Outcome("plan", FLOW, HOUSEHOLDS, "Begin to plan", "households that begin to plan"),
    Outcome("offer", FLOW, PEOPLE, "Places offered", "people offered a place: the same as `admit`, in the same month",
            shown=True),
    Outcome("apply", FLOW, PEOPLE, "Applications", "people who apply to a regular programme", shown=True),
    Outcome("admit", FLOW, PEOPLE, "Admissions", "people admitted to a regular programme", shown=True),
    Outcome("refuse", FLOW, PEOPLE, "Refusals",
            "people who lost the round of a lottery and go back to their plan"),
    Outcome("withdraw", FLOW, PEOPLE, "Withdrawals",
            "people who leave a queue: chose another way, could no longer go, or waited too long"),
    Outcome("depart_irregular", FLOW, PEOPLE, "Irregular journeys",
            "people who set out without papers, for the United States or for Mexico", headline="irregular_journeys"),
    Outcome("encounter_mx", FLOW, EVENTS, "Encounters, Mexico", "people stopped in Mexico (all of them are removed)",
            shown=True),
    Outcome("encounter_us", FLOW, EVENTS, "Encounters, US Border Patrol",
            "apprehensions by the US Border Patrol, person-events: each attempt counts", shown=True),
    Outcome("release", FLOW, PEOPLE, "Released", "people released into the United States after an apprehension"),
    Outcome("expelled", FLOW, EVENTS, "Expulsions", "expulsions to Mexico, person-events"),
    Outcome("removed", FLOW, PEOPLE, "Removed home",
            "people removed home, by Mexico (destination MEX) or by the United States (USA), from the border or "
            "from inside", shown=True),
    Outcome("deter", FLOW, PEOPLE, "Gave up", "people who gave up after an expulsion and went home"),
    Outcome("arrive_irregular", FLOW, PEOPLE, "Irregular arrivals",
            "people who arrived without papers, the released included"),
    Outcome("arrive_regular", FLOW, PEOPLE, "Regular journeys", "people who arrived through a programme",
            headline="regular_journeys"),
    Outcome("return_voluntary", FLOW, PEOPLE, "Returned by choice", "members away who came home by choice",
            shown=True),
    Outcome("contract_end", FLOW, PEOPLE, "Ends of contract",
            "temporary workers who came home at the end of their permit"),
    Outcome("overstay", FLOW, PEOPLE, "Overstays", "temporary workers who stayed on without a permit", shown=True),
    Outcome("remigrate", FLOW, PEOPLE, "Returned who left again",
            "people who left, by any way abroad, within `reintegration.remigration_months` of a return",
            headline="returned_left_again"),
    Outcome("move_internal", FLOW, PEOPLE, "Moved inside the country",
            "people who moved to the main city by choice"),
    Outcome("displaced_internal", FLOW, PEOPLE, "Displaced inside the country",
            "people displaced inside the country by crime or disaster", shown=True),
    Outcome("death", FLOW, PEOPLE, "Deaths on the way",
            "people who died or disappeared on the way to the United States", headline="deaths"),

    *_STOCKS,
    *(Outcome(f"{one.name}_households", HOUSEHOLDS_OF, HOUSEHOLDS, f"{one.label}, households", f"those of `{one.name}`")
      for one in _STOCKS),

    Outcome("household_income", MONEY, US_DOLLARS, "Income of households",
            "what households at home have, remittances included"),
    Outcome("remittances", MONEY, US_DOLLARS, "Remittances", "what households receive from abroad, taxes and fees off",
            shown=True, rests_on="receiving_remittances"),
    Outcome("smuggler_revenue", MONEY, US_DOLLARS, "Paid to smugglers", "what journeys with a smuggler cost",
            shown=True, rests_on="depart_irregular"),
    Outcome("pathway_costs", MONEY, US_DOLLARS, "Costs of regular pathways",
            "what households pay to go through a programme", shown=True, rests_on="admit"),
    Outcome("reintegration_spending", MONEY, US_DOLLARS, "Spent on reintegration",
            "value of the help that returned people get, debt relief included", shown=True, rests_on="returned_12m"),
    Outcome("cash_transfers", MONEY, US_DOLLARS, "Cash transfers", "cash paid to households by a programme",
            shown=True, rests_on="reached_cash"),
    Outcome("insurance_premiums", MONEY, US_DOLLARS, "Insurance premiums", "what farm households pay for insurance",
            rests_on="reached_insurance"),
    Outcome("insurance_subsidies", MONEY, US_DOLLARS, "Insurance subsidies", "what others pay of their premiums",
            shown=True, rests_on="reached_insurance"),
    Outcome("insurance_payouts", MONEY, US_DOLLARS, "Insurance payouts", "what insurance pays for losses in a drought",
            shown=True, rests_on="reached_insurance"),
    Outcome("remittance_tax", MONEY, US_DOLLARS, "Tax on remittances", "tax taken from what members away send",
            shown=True, rests_on="receiving_remittances"),

    Outcome("victims_crime", HARM, HOUSEHOLDS, "Victims of crime", "households that are victims of crime", shown=True),
    Outcome("victims_gender_violence", HARM, HOUSEHOLDS, "Victims of gender-based violence",
            "households with a woman who is a victim of gender-based violence", shown=True),
    Outcome("victims_children", HARM, HOUSEHOLDS, "Child victims", "households with a teenager who is a victim",
            shown=True),
    Outcome("hit_by_disaster", HARM, HOUSEHOLDS, "Hit by a disaster", "households hit by a disaster"),

    Outcome("households", LIVING, HOUSEHOLDS, "Households", "households that live in the three countries"),
    Outcome("people_at_home", LIVING, PEOPLE, "People at home", "members of households who are at home"),

    Outcome("reached_cash", REACHED, HOUSEHOLDS, "Get cash", "households that get a cash transfer"),
    Outcome("reached_insurance", REACHED, HOUSEHOLDS, "Insured", "farm households with insurance against drought"),
    Outcome("reached_formalisation", REACHED, HOUSEHOLDS, "Firms formalised", "households whose firm was formalised"),
    Outcome("reached_savings", REACHED, HOUSEHOLDS, "Save remittances", "households with a savings account for them"),
    Outcome("reached_loans", REACHED, HOUSEHOLDS, "Fair loans", "indebted households with a fair loan"),
    Outcome("hired", SERVED, HOUSEHOLDS, "Found formal work", "households in which somebody found a formal job"),
    Outcome("helped", SERVED, PEOPLE, "Helped after return", "returned people who get help", rests_on="returned_12m"),
    Outcome("delivered", DELIVERED, "units", "Delivered", "units of an instrument that no other outcome counts"),

    *(Outcome(f"abroad_{place.lower()}", ABROAD, PEOPLE, f"Living in {place}",
              f"kin and members away who live in {place}") for place in DESTINATIONS),

    Outcome("funded_own", FUNDS, PEOPLE, "Paid from savings", "journeys with a smuggler paid from own savings"),
    Outcome("funded_kin", FUNDS, PEOPLE, "Paid by kin", "journeys with a smuggler paid by kin abroad"),
    Outcome("funded_loan", FUNDS, PEOPLE, "Paid by a loan", "journeys with a smuggler paid by a loan"),

    Outcome("encounters_recorded", SEEN, EVENTS, "Encounters as recorded",
            "encounters by the US Border Patrol as an agency would record them (section 6.15 of odd.md)"),
    Outcome("smuggler_price", PRICE, US_DOLLARS, "Price of a smuggler", "price of a journey for an adult",
            adds=False),
    Outcome("rights_risk", INDEX, "index", "Risk to rights",
            "risk to rights from how security is sought, by the part of the people it reaches", adds=False, shown=True),
    Outcome("income_per_household", QUOTIENT, f"{US_DOLLARS} a household a month", "Household income",
            "`household_income` over `households`", adds=False, shown=True, of="household_income",
            over="households"),
)  # fmt: skip

OUTCOMES: Final[Mapping[str, Outcome]] = MappingProxyType({outcome.name: outcome for outcome in _ALL})
HEADLINE: Final[Mapping[str, Outcome]] = MappingProxyType({one.headline: one for one in _ALL if one.headline})
"""The four numbers: flows, people a year."""
FAMILIES: Final = tuple(dict.fromkeys(outcome.family for outcome in _ALL))


def of_family(family: Family) -> tuple[Outcome, ...]:
    """Return the outcomes of a family, in their order."""
    return tuple(outcome for outcome in _ALL if outcome.family == family)


def basis_of(outcome: Outcome) -> Outcome:
    """Return what counts the households that an outcome is made of: a flow, or a number of households."""
    if outcome.family == FLOW or outcome.unit == HOUSEHOLDS:
        return outcome
    return OUTCOMES[outcome.rests_on or (f"{outcome.name}_households" if outcome.family == STOCK else "households")]


def unit_of(name: str) -> str:
    """Return the unit that a row of outcomes.csv carries.

    Raises:
        WorkError: a run would write an outcome that is not listed here.

    """
    if name not in OUTCOMES:
        raise WorkError(f"outcome '{name}' has no line in sim/outcomes.py")
    return OUTCOMES[name].unit


def find_outcome(name: str) -> Outcome:
    """Return an outcome by its name, or by its name among the four numbers.

    Raises:
        RequestError: there is none.

    """
    by_name = {**OUTCOMES, **HEADLINE}
    if name not in by_name:
        raise RequestError(f"unknown outcome '{name}'{nearest(name, by_name)}; docs/outcomes.md lists them")
    return by_name[name]
