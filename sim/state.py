"""What the compiled rules see of a model, and in which shapes.

`World`, `Levers` and `Feedback` are the months that households live in, `Ways` the pathways, `Tally` what they
did. Rules get each as one record whose fields are the arrays (`record`), so that a rule's signature stays short
and compiles fast; Python holds the named tuple of the same memory (`views`). Months are the last axis.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.codes import COUNTRIES, N_DEPARTMENTS, STOCKS, THEORIES
from sim.config import Config, parameters
from sim.errors import WorkError
from sim.households import LAYOUT, Households

NEVER = -1000
"""A month so long ago that nothing follows from it."""

NO_PLAN, PLANNING, QUEUED, OFFERED = range(4)
NOT_RETURNED, RETURNED_FREELY, RETURNED_REMOVED = range(3)

STATE: dict[str, tuple[Any, int]] = {
    "shock": (np.float32, 0), "aspiring": (np.uint8, 0), "plan": (np.uint8, NO_PLAN),
    "queue_pathway": (np.int8, -1), "invited": (np.uint8, 0), "plan_month": (np.int16, NEVER),
    "permit_pathway": (np.int8, -1), "permit_end": (np.int16, NEVER), "left_month": (np.int16, NEVER),
    "returned_month": (np.int16, NEVER), "returned_how": (np.uint8, NOT_RETURNED), "helped": (np.uint8, 0),
    "held": (np.uint8, 0), "held_until": (np.int16, NEVER), "held_party": (np.uint8, 0),
    "displaced": (np.uint8, 0), "victim_month": (np.int16, NEVER),
    "child_victim_month": (np.int16, NEVER), "disaster_month": (np.int16, NEVER),
    "settled": (np.uint8, 0), "queue_people": (np.uint8, 0), "queue_party": (np.uint8, 0),
    "went": (np.uint8, 0), "went_people": (np.uint8, 0), "barred": (np.uint8, 0),
}  # fmt: skip
"""Type and first value of the columns that a month changes, beside those of `Households`."""

COLUMNS: dict[str, tuple[Any, int]] = {**LAYOUT, **{name: (dtype, 1) for name, (dtype, _) in STATE.items()}}
"""Type and number of cells of every column; several cells are stored one after another, each for all rows."""

Columns = namedtuple("Columns", [*COLUMNS])  # type: ignore[misc]

NOTES: list[tuple[Any, ...]] = [
    ("key", np.uint64), ("insured", np.float32), ("cash", np.float32),
    *((f"{name}_before", *COLUMNS[name][:1], (COLUMNS[name][1],)) for name in ("adults", "children")),
]  # fmt: skip
"""What rules note of the household they are at, for one month; key: of its draws; before: who was home."""

_CELLS = [(name, dtype) if width == 1 else (name, dtype, (width,)) for name, (dtype, width) in COLUMNS.items()]
ROW = np.dtype(_CELLS + NOTES)
"""One household by itself, with the names that rules use."""


def columns(households: Households) -> Any:
    """Return the columns of the households with the state of January 2013."""
    n = len(households)
    state = {name: np.full(n, first, dtype) for name, (dtype, first) in STATE.items()}
    return Columns(**{name: np.asfortranarray(getattr(households, name)) for name in LAYOUT}, **state)


def record(fields: Mapping[str, Any], copies: int = 1) -> NDArray[np.void]:
    """Return a structured array, (copies,), whose fields hold the given arrays or numbers."""
    arrays = {name: np.asarray(value) for name, value in fields.items()}
    made = np.zeros(copies, [(name, array.dtype, array.shape) for name, array in arrays.items()])
    for name, array in arrays.items():
        made[name] = array
    return made


def views[N](kind: Callable[..., N], made: NDArray[np.void]) -> N:
    """Return the named tuple whose arrays are the memory of a record made of one."""
    return kind(**{name: made[name][0] for name in made.dtype.names or ()})


class World(NamedTuple):
    """The drivers of every month. Axes: department (54), country (3), destination (3), party (3), month."""

    country: NDArray[np.int8]  # (54,)
    main_city: NDArray[np.int8]  # (54,) department of the country's main city
    ln_v: NDArray[np.float32]  # (54, T) ln(V / Vbar), 12-month mean
    p_victim: NDArray[np.float32]  # (54, T) monthly
    p_gbv: NDArray[np.float32]  # (54, T) monthly, households with a woman
    p_child_victim: NDArray[np.float32]  # (54, T) monthly, households with a teenager
    dryness: NDArray[np.float32]  # (54, T) SD
    disaster: NDArray[np.float32]  # (54, T) share of households hit
    ln_local: NDArray[np.float32]  # (54, T) ln income level against 2021
    governance: NDArray[np.float32]  # (3, T) SD
    closure: NDArray[np.float32]  # (3, T) 0 to 1
    mex_closure: NDArray[np.float32]  # (T,) 0 to 1
    coffee: NDArray[np.float32]  # (3, T) ln price over its mean
    ln_theta: NDArray[np.float32]  # (T,)
    wage: NDArray[np.float32]  # (3 destinations, T) 2021 US$ a month
    season: NDArray[np.float32]  # (T,) mean 1
    released: NDArray[np.float32]  # (3 countries, 3 parties, T)
    expelled: NDArray[np.float32]  # (3 countries, 3 parties, T)
    apprehended: NDArray[np.float32]  # (3 parties, T)
    p_mexico: NDArray[np.float32]  # (3 countries, T)
    interior: NDArray[np.float32]  # (3 countries, T) monthly removal of an irregular resident
    birth: NDArray[np.float32]  # (3 countries, T) per woman 18-44, monthly
    death: NDArray[np.float32]  # (T, 3 countries, 11 bands) monthly; children, then adult cells
    ageing: NDArray[np.float32]  # (T, 3 countries, 11 bands) monthly, into the next band
    leave_home: NDArray[np.float32]  # (3 countries, T) monthly, per adult below 45 who may found a household
    most_turns: NDArray[np.float32]  # (3 countries, T) no less than a person's chance of any of these
    older: NDArray[np.float32]  # () share of founders aged 30-44


class Levers(NamedTuple):
    """What policies set each month beside the drivers. Household programmes (k) have a share and a group each."""

    coverage: NDArray[np.float32]  # (3 countries, T) share of returned people who get help
    help_more: NDArray[np.float32]  # (54, T) coverage of those in the target group, if it is higher
    package: NDArray[np.float32]  # (T,) US$ of 2021, for that group, as the next three
    debt_relief: NDArray[np.float32]  # (T,) share
    help_job: NDArray[np.float32]  # (T,) part of the income penalty after return that help takes away
    help_months: NDArray[np.int16]  # (T,) months during which help lowers the hazard
    share: NDArray[np.float32]  # (k, 54, T) share of the target group that a household programme reaches
    who: NDArray[np.uint16]  # (k,) target group, see sim.policies.base.who
    running: NDArray[np.uint8]  # (T,) 1 where a household programme reaches anybody
    cash: NDArray[np.float32]  # (T,) US$ a month
    insured: NDArray[np.float32]  # (T,) rho, part of a dryness loss that insurance pays
    trigger: NDArray[np.float32]  # (T,) dryness above which it pays, SD
    premium: NDArray[np.float32]  # (T,) US$ a month
    subsidy: NDArray[np.float32]  # (T,) part of the premium that others pay
    basis_risk: NDArray[np.float32]  # (T,) chance that an insured loss of the year is not paid
    informal_gain: NDArray[np.float32]  # (T,) ln income of a formalised firm
    saving_gain: NDArray[np.float32]  # (T,) saving rate of savers, times 1 + this
    credit: NDArray[np.float32]  # (T,) interest of those with a fair loan, times this
    jobs: NDArray[np.float32]  # (54, T) monthly chance of a formal job
    hope: NDArray[np.float32]  # (54, T) log-odds taken from aspiration by services
    child_care: NDArray[np.float32]  # (54, T) part of the children who would be sent alone that protection keeps
    inside: NDArray[np.float32]  # (54, T) utility added to moving inside the country
    truth: NDArray[np.float32]  # (54, T) part of the gap to the true odds that information closes a month
    remit_kept: NDArray[np.float32]  # (3, T) what arrives of remittances, lower fees included
    remit_tax: NDArray[np.float32]  # (3, T) share of remittances taken as tax
    sanction: NDArray[np.float32]  # (T,) added to the chance to give up after being sent back
    status_gain: NDArray[np.float32]  # (3, T) monthly chance of a status, irregular resident in the USA
    status_loss: NDArray[np.float32]  # (3, T) monthly chance of losing it, resident member in the USA
    narrative: NDArray[np.float32]  # (T,) part of the erosion of caps that is held off
    rights_risk: NDArray[np.float32]  # (3, T) index 0 to 1, reported only
    call: NDArray[np.uint8]  # (ways,) draw of reserved places: 0 who applies, 1 all who wish to leave, 2 everybody
    prefer_who: NDArray[np.uint16]  # (ways,) target group of reserved places, as `who`
    prefer_where: NDArray[np.uint8]  # (ways, 54) 1 where the group lives


CASH, INSURANCE, FORMALISED, SAVERS, LOANS, HIRED, RETURNED = range(7)
"""Household programmes: first axis of `Levers.share`; of the last two only the group is used."""
N_HOUSEHOLD_PROGRAMMES = 7


class Feedback(NamedTuple):
    """What last month's lives changed for this one; the arrays are rewritten each month."""

    kin_share: NDArray[np.float32]  # (54,) M, share of households with kin or members in the USA
    p_hat: NDArray[np.float32]  # (54, 3 parties) perceived success
    price: NDArray[np.float32]  # (3,) smuggler's price, 2021 US$
    ln_price_ratio: NDArray[np.float32]  # (3,) ln of the price over that of January 2013
    ln_demand: NDArray[np.float32]  # (54,) ln effect of remittances on local income
    ln_chance: NDArray[np.float32]  # (pathways, 3) ln perceived share of applicants with a place
    wait_years: NDArray[np.float32]  # (pathways, 3)
    is_open: NDArray[np.uint8]  # (pathways, 3)
    offer: NDArray[np.float32]  # (pathways, 3) chance that an eligible household is drawn for a reserved place
    calling: NDArray[np.uint8]  # (1,) 1 where places are drawn among more than those who apply
    followed: NDArray[np.float32]  # (ways, 54) share of households from which somebody arrived this way in a year
    seen: NDArray[np.float32]  # (54,) share of households with kin or members in the USA, or from which somebody did


class Ways(NamedTuple):
    """The pathways by code, regular ones first; rows of what does not apply are zero."""

    destination: NDArray[np.int8]  # (ways,) as all but reach and scale; 0 USA, 1 MEX, 2 CAN, -1 inside the country
    status: NDArray[np.int8]  # of members away who go this way
    nest: NDArray[np.int8]
    is_regular: NDArray[np.uint8]
    cost: NDArray[np.float32]  # 2021 US$
    earnings: NDArray[np.float32]  # wage beside that of a migrant at the destination
    contract: NDArray[np.int16]  # months, 0 = stays
    rotation: NDArray[np.float32]
    bands: NDArray[np.uint8]  # bit i: adult band i may go
    overstay: NDArray[np.float32]
    family: NDArray[np.uint8]  # 1 where a family may go together
    needs: NDArray[np.uint8]  # bits of sim.pathways: kin, exposure to violence, farm, department
    like: NDArray[np.int8]  # the way of which it is the same job on other terms, or itself: one alternative
    reach: NDArray[np.uint8]  # (ways, 54) 1 where the programme recruits
    scale: NDArray[np.float32]  # (nests,) lambda: staying, USA, MEX, CAN


HOME_KIND, USA_KIND, MEX_KIND, CAN_KIND, FIRST_PATHWAY_KIND = range(5)
"""The third axis of flows: no pathway and a place, or pathway k as FIRST_PATHWAY_KIND + k."""
NO_PARTY = 3
N_NESTS = 4
"""Staying, USA, MEX, CAN."""
N_CELLS = len(COUNTRIES) * 5 * 2 * 2 * 2
"""Groups: country x quintile x sex of head x indigenous x rural."""
(
    S_AWAY_REGULAR, S_AWAY_IRREGULAR, S_QUEUE, S_RETURNED, S_DISPLACED, S_ASPIRING, S_PLANNING, S_RECEIVING,
) = range(len(STOCKS))  # fmt: skip
MONEY = (
    "household_income", "remittances", "smuggler_revenue", "pathway_costs", "reintegration_spending",
    "cash_transfers", "insurance_premiums", "insurance_subsidies", "insurance_payouts", "remittance_tax",
)  # fmt: skip
(
    INCOME, REMITTANCES, SMUGGLERS, PATHWAY_COSTS, REINTEGRATION, CASH_PAID, PREMIUMS, SUBSIDIES, PAYOUTS, TAX,
) = range(len(MONEY))  # fmt: skip
HARMS = ("victims_crime", "victims_gender_violence", "victims_children", "hit_by_disaster")
CRIME, GENDER_VIOLENCE, CHILD_VICTIM, HIT = range(len(HARMS))
SOURCES_OF_FUNDS = ("own", "kin", "loan")
CENTS = np.float32(100)


EVENT = np.dtype([
    ("department", np.int8), ("kind", np.int8), ("flow", np.int8), ("party", np.int8),
    ("people", np.int64), ("households", np.int64),
])  # fmt: skip
"""A row of the month's events: those of one department, kind, flow and party, if there were any."""
N_PARTIES = NO_PARTY + 1


class Tally(NamedTuple):
    """What households did in one month. All integers, so that sums do not depend on who counted; money in cents."""

    events: NDArray[np.void]  # (n,) of EVENT, in the order of its first four fields
    group: NDArray[np.int64]  # (flows, cells)
    stock_people: NDArray[np.int64]  # (54, stocks)
    stock_households: NDArray[np.int64]  # (54, stocks)
    alive: NDArray[np.int64]  # (cells, 2): households, people
    money: NDArray[np.int64]  # (cells, money)
    money_department: NDArray[np.int64]  # (54, money)
    funds: NDArray[np.int64]  # (3 countries, 3 sources), journeys with a smuggler
    tried: NDArray[np.int64]  # (54, 3 parties, 2): journeys, of them arrived
    linked: NDArray[np.int64]  # (54, 2): households with kin or members in the USA, all households
    abroad: NDArray[np.int64]  # (3 countries, 3 destinations): kin and members away
    queued: NDArray[np.int64]  # (ways, 3 countries): people who left a queue on their own
    harm: NDArray[np.int64]  # (cells, harms): households
    served: NDArray[np.int64]  # (3 countries, household programmes): households; people helped after return
    callable: NDArray[np.int64]  # (ways, 3 countries): households that a draw could call

    def people(self, flow: int) -> NDArray[np.int64]:
        """Return (54, kinds, 4 parties) the people of a flow."""
        return self._of(flow, "people")

    def households(self, flow: int) -> NDArray[np.int64]:
        """Return (54, kinds, 4 parties) the households of a flow."""
        return self._of(flow, "households")

    def _of(self, flow: int, what: str) -> NDArray[np.int64]:
        dense = np.zeros((N_DEPARTMENTS, FIRST_PATHWAY_KIND + len(self.queued), N_PARTIES), np.int64)
        found = self.events[self.events["flow"] == flow]
        dense[found["department"], found["kind"], found["party"]] = found[what]
        return dense


BEHAVIOUR_GROUPS = ("behaviour", "party", "livelihood", "journey", "away", "reintegration")
BORDER_PARAMETERS = ("border.p_det", "border.p_det_expelled", "border.removal_lag_months")
DERIVED = {"month": 1 / 12, "months_year": 12.0, "victim_rate_highest": 0.9}
"""A month in years, months in a year, and the most households that can be victims in a year."""


def _name(path: str) -> tuple[str, str]:
    """Return the name that the rules use for a parameter, and the country if it is given by country."""
    _, leaf = path.split(".", 1)
    name, _, country = leaf.partition(".")
    return ("reintegration_months" if path == "reintegration.months" else name), country


_PATHS = [
    path
    for path, parameter in parameters().items()
    if path.split(".")[0] in BEHAVIOUR_GROUPS or path in BORDER_PARAMETERS
    if isinstance(parameter.default, int | float)
]


def behaviour(config: Config) -> NDArray[np.void]:
    """Return the parameters of the rules as one record, (1,): float32 or int64 by leaf name, (3,) by country.

    It has a field `theory`, a code of THEORIES, only where that is not the first: see `sim/rules/theory.py`.
    """
    found: dict[str, Any] = {name: np.float32(value) for name, value in DERIVED.items()}
    for path in _PATHS:
        name, country = _name(path)
        value = config[path]
        if country:
            found.setdefault(name, np.zeros(len(COUNTRIES), np.float32))[COUNTRIES.index(country)] = value
        elif name in found:
            raise WorkError(f"two parameters of the rules are called '{name}'")
        else:
            found[name] = np.int64(value) if isinstance(value, int) else np.float32(value)
    found["formal_premium"] = np.float32(config["population.income.formal"])
    found["ln_loss"] = np.float32(np.log(found["loss"]))
    if rival := THEORIES.index(config["behaviour.theory"]):
        found["theory"] = np.int64(rival)
    return record(found)
