"""The dense part of a month in NumPy: float32 columns over all living households, one array expression after another.

The draws are those of `sim.draws`. Dense is what every household does every month: whether its people change, crime
and disaster, income, remittances, savings and debt, a new wish, stocks. What happens to the few (changes of people,
plans, decisions, journeys, what becomes of members away) is left out; rows in which it does differ from the engine's.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from benchmarks.sizes import share_of_first
from sim import draws, numerics
from sim.codes import AGRICULTURE, DESTINATIONS, N_DEPARTMENTS, month_index, month_name
from sim.config import default_config
from sim.model import MigrationModel
from sim.state import CENTS, N_CELLS, NEVER, RETURNED_REMOVED

NANO = 1e9
SETTLED_MONTHS = 12
"""Months that the engine lives first, so that there are wishes, victims and shocks as in any other month."""
PARTS = ("draws", "people", "harm", "income", "remittances", "money", "wish", "stocks")
MASK = 2**64 - 1
MONTHS = 12
LAST_YOUNG, ELDEST, MAN, TEENAGER = 1, 3, 4, 2
TAIL = (
    numerics.C8, numerics.C7, numerics.C6, numerics.C5, numerics.C4, numerics.C3, numerics.C2, numerics.C1, numerics.C0,
)  # fmt: skip
Floats = NDArray[np.float32]
Keys = NDArray[np.uint64]


def step(state: Keys | np.uint64, index: Keys | int) -> Keys:
    """Return number `index` of the splitmix64 sequences that begin at `state`."""
    if isinstance(index, int):
        z = np.asarray(state + np.uint64((index + 1) * int(draws.GOLDEN) & MASK))
    else:
        z = state + (index + np.uint64(1)) * draws.GOLDEN
    z ^= z >> draws.SHIFT_1
    z *= draws.MULTIPLIER_1
    z ^= z >> draws.SHIFT_2
    z *= draws.MULTIPLIER_2
    z ^= z >> draws.SHIFT_3
    return z


def bits(key: Keys, purpose: int, k: int = 0) -> Keys:
    """Return the 64 bits of keys and a purpose."""
    return step(key, purpose << int(draws.WORD) | k)


def first(number: Keys) -> Floats:
    """Return the first uniform of 64 bits."""
    return ((number >> draws.FIRST_23).astype(np.float32) + np.float32(0.5)) * draws.SPACING


def second(number: Keys) -> Floats:
    """Return the second uniform of 64 bits."""
    return (((number >> draws.SECOND_23) & draws.MASK_23).astype(np.float32) + np.float32(0.5)) * draws.SPACING


def quantile(u: Floats) -> Floats:
    """Return the standard normal quantile, by the formula of `sim.numerics.quantile32`."""
    q = u - numerics.HALF
    r = numerics.CENTRE_SQUARED - q * q
    z = q * (((numerics.A3 * r + numerics.A2) * r + numerics.A1) * r + numerics.A0)
    z /= ((numerics.B3 * r + numerics.B2) * r + numerics.B1) * r + numerics.ONE
    rows = np.flatnonzero(np.abs(q) > numerics.CENTRE)
    tail = u[rows]
    size = np.sqrt(numerics.TWO * -np.log(np.minimum(tail, numerics.ONE - tail)))
    d = size - numerics.TAIL_MIDDLE
    correction = np.full_like(d, numerics.C9)
    for c in TAIL:
        correction = correction * d + c
    z[rows] = np.copysign(size - correction, q[rows])
    return z


class NumpyColumns:
    """The households of a model that live in its next month, as columns of NumPy's own; the model is only read.

    columns: by name, people and members away one array a kind, (kinds, n). spent: seconds of processor time by part.
    moved: rows whose people may change this month. counts: stocks and harms of the month, (departments, groups) each.
    """

    def __init__(self, model: MigrationModel) -> None:
        engine = model.engine
        rows = np.flatnonzero(engine.columns.first_month <= model.month + 1)
        self.columns = {name: np.ascontiguousarray(array[rows].T) for name, array in engine.columns._asdict().items()}
        self.parameters = {name: engine.behaviour[name][0] for name in engine.behaviour.dtype.names or ()}
        self.world, self.levers, self.feedback = engine.world, engine.levers, engine.feedback
        H = self.columns
        self.department = H["department"].astype(np.intp)
        self.country = self.world.country[self.department].astype(np.intp)
        self.weight = H["weight"].astype(np.float64)
        self.farm = np.flatnonzero(H["livelihood"] == AGRICULTURE)
        self.stream = step(step(np.zeros(1, np.uint64), model.config["seed"]), H["id"])
        self.sends = first(bits(H["id"], draws.REMIT)) < self.parameters["p_sends"]
        group = (self.country * 5 + H["quintile"] - 1) * 2 + H["female_head"]
        group = (group * 2 + H["indigenous"]) * 2 + H["rural"]
        self.cell = self.department * N_CELLS + group
        self.spent = dict.fromkeys(PARTS, 0.0)
        self.moved = np.zeros(0, np.intp)
        self.counts: dict[str, NDArray[np.float64]] = {}

    def __len__(self) -> int:
        """Return the number of households."""
        return len(self.department)

    def live(self, month: int) -> None:
        """Live the dense part of a month in every household."""
        began = time.thread_time()

        def done(part: str) -> None:
            nonlocal began
            now = time.thread_time()
            self.spent[part] += now - began
            began = now

        key = step(self.stream, month)
        birth, crime, gender = bits(key, draws.BIRTH), bits(key, draws.VICTIM), bits(key, draws.VICTIM, 1)
        shock, wish = bits(key, draws.LIVELIHOOD), bits(key, draws.ASPIRE)
        done("draws")
        adults, children = self.columns["adults"], self.columns["children"]
        elders = adults[ELDEST] + adults[MAN + ELDEST]
        workers = adults[:ELDEST].sum(0, np.uint8) + adults[MAN : MAN + ELDEST].sum(0, np.uint8)
        people = workers + elders + children.sum(0, np.uint8)
        home = people > 0
        self.moved = np.flatnonzero(first(birth) < self.world.most_turns[:, month][self.country] * people)
        done("people")
        self.suffer(month, key, crime, gender, home, people)
        done("harm")
        ln_y = self.earn(month, shock, home)
        done("income")
        n_away = self.columns["away"].sum(0, np.uint8)
        remittance = self.remittances(month, n_away, ln_y) * home
        done("remittances")
        income = self.spend(ln_y, workers, n_away, remittance, home)
        done("money")
        self.wish(month, wish, ln_y, n_away, remittance, home)
        done("wish")
        self.take_stock(month, people, home, n_away, income, remittance)
        done("stocks")

    def suffer(
        self, month: int, key: Keys, crime: Keys, gender: Keys, home: NDArray[np.bool_], people: NDArray[np.uint8]
    ) -> None:
        """Note who is a victim, is hit, displaced, or settles again."""
        H, W, P, d = self.columns, self.world, self.parameters, self.department
        victim = (second(crime) < W.p_victim[:, month][d]) & home
        women = H["adults"][:ELDEST].sum(0, np.uint8) > 0
        gbv = (first(gender) < W.p_gbv[:, month][d]) & women
        child = (second(gender) < W.p_child_victim[:, month][d]) & (H["children"][TEENAGER] > 0)
        hit = (first(crime) < W.disaster[:, month][d]) & home
        H["victim_month"][victim | gbv] = month
        H["child_victim_month"][child] = month
        H["disaster_month"][hit] = month
        displaced = H["displaced"] > 0
        p_displaced = np.maximum(victim * P["p_displaced"], hit * P["p_displaced_disaster"])
        struck = np.flatnonzero((p_displaced > 0) & ~displaced)
        struck = struck[first(bits(key[struck], draws.DISPLACE)) < p_displaced[struck]]
        free = np.flatnonzero(displaced & home)
        free = free[first(bits(key[free], draws.DISASTER)) < P["resettle"]]
        H["displaced"][struck] = 1
        H["displaced"][free] = 0
        for name, found in (("crime", victim), ("gender", gbv), ("child", child), ("hit", hit)):
            rows = np.flatnonzero(found)
            self.add(name, rows, self.weight[rows])
        self.add("displaced_now", struck, self.weight[struck] * people[struck])

    def earn(self, month: int, shock: Keys, home: NDArray[np.bool_]) -> Floats:
        """Return ln of this month's household income."""
        H, W, P = self.columns, self.world, self.parameters
        e = P["phi"] * H["shock"] + P["sigma_e"] * quantile(first(shock))
        H["shock"] = e = np.where(home, e, H["shock"])
        ln_y = H["log_income"] + (W.ln_local[:, month] + self.feedback.ln_demand)[self.department] + e
        coffee = P["delta_coffee"] * W.coffee[:, month]
        harvest = (P["delta_S"] * W.dryness[:, month] - coffee[W.country]).astype(np.float32)
        ln_y[self.farm] -= harvest[self.department[self.farm]]
        hit = np.flatnonzero(H["disaster_month"] > NEVER)
        since = (month - H["disaster_month"][hit]).astype(np.float32)
        ln_y[hit] -= P["delta_E"] * np.exp(-since / P["disaster_months"])
        back = np.flatnonzero((month - H["returned_month"] < MONTHS) & (H["returned_how"] == RETURNED_REMOVED))
        ln_y[back] -= P["stigma"]
        return np.where(home, ln_y, H["log_income"])

    def remittances(self, month: int, n_away: NDArray[np.uint8], ln_y: Floats) -> Floats:
        """Return the US$ that members away and kin send."""
        H, W, P = self.columns, self.world, self.parameters
        sent = np.zeros(len(self), np.float32)
        more = 1 + P["iota"] * np.maximum(H["log_income"] - ln_y, np.float32(0))
        rows = np.flatnonzero((n_away > 0) & self.sends)
        left = H["left_month"][rows]
        years = np.where(left > NEVER, (month - left) * P["month"], P["years_first"]).astype(np.float32)
        faded = P["share_r"] * np.exp(-P["fade"] * years) * more[rows]
        away = H["away"][:, rows]
        for k in range(len(DESTINATIONS)):
            senders = away[3 * k] + away[3 * k + 1] + away[3 * k + 2]
            working = np.where(senders > 0, 1 + (senders - np.float32(1)) * P["p_works"], np.float32(0))
            sent[rows] += working * faded * W.wage[k, month]
        rows = np.flatnonzero(H["kin_remits"] > 0)
        kin = H["kin"][:, rows]
        place = np.where(kin[0] > 0, 0, np.where(kin[1] > 0, 1, np.where(kin[2] > 0, 2, 0)))
        sent[rows] += P["share_kin"] * W.wage[:, month][place] * more[rows]
        return sent

    def spend(
        self, ln_y: Floats, workers: NDArray[np.uint8], n_away: NDArray[np.uint8], remittance: Floats,
        home: NDArray[np.bool_],
    ) -> Floats:  # fmt: skip
        """Save and serve debt; return the month's income with remittances."""
        H, P = self.columns, self.parameters
        earners = workers + np.float32(1)
        income = (np.exp(ln_y) * earners / (earners + n_away) + remittance) * home
        H["savings"] = np.where(home, H["savings"] * (1 - P["spend_down"]) + P["saving_rate"] * income, H["savings"])
        service = P["debt_service"] * income
        owed = H["debt"] + np.minimum(P["debt_rate"] * H["debt"], service)
        H["debt"] = owed - np.minimum(owed, service)
        return income

    def wish(
        self, month: int, draw: Keys, ln_y: Floats, n_away: NDArray[np.uint8], remittance: Floats,
        home: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Draw anew whether households wish to leave, for those whose turn it is."""
        H, W, P = self.columns, self.world, self.parameters
        rows = np.flatnonzero((second(draw) < P["kappa"]) & home)
        d, farm = self.department[rows], H["livelihood"][rows] == AGRICULTURE
        ln_v = W.ln_v[:, month]
        base = P["a"] - P["b_G"] * W.governance[:, month]
        here = base[W.country] + P["b_v"] * ln_v - self.levers.hope[:, month]
        dry = W.dryness[:, month] * (P["b_s"] + P["b_vs"] * ln_v)
        a = here[d] + farm * dry[d] + P["b_x"] * (month - H["victim_month"][rows] < MONTHS)
        a += P["b_rem"] * (remittance[rows] > 0)
        a += P["b_N_aspire"] * np.log1p((H["kin"][0][rows] + n_away[rows]).astype(np.float32))
        a += P["b_y"] * (ln_y[rows] - H["log_income"][rows])
        a += P["b_young"] * (H["head_age"][rows] <= LAST_YOUNG)
        a += P["sigma_A"] * H["propensity"][rows]
        wishes = first(draw[rows]) < expit(a)
        began = rows[wishes & (H["aspiring"][rows] == 0)]
        H["aspiring"][rows] = wishes
        H["aspiring"] *= home
        self.add("aspire", began, self.weight[began])

    def take_stock(
        self, month: int, people: NDArray[np.uint8], home: NDArray[np.bool_], n_away: NDArray[np.uint8],
        income: Floats, remittance: Floats,
    ) -> None:  # fmt: skip
        """Add up where households stand at the end of the month."""
        H, weight = self.columns, self.weight
        everybody = slice(None)
        self.add("households", everybody, weight * home)
        self.add("people", everybody, weight * people)
        self.add("income", everybody, np.floor(income * CENTS + 0.5) * weight)
        self.add("remittances", everybody, np.floor(remittance * CENTS + 0.5) * weight)
        irregular = H["away"][2] + H["away"][5] + H["away"][8]
        linked = (H["kin"][0] + H["away"][0] + H["away"][1] + H["away"][2]) > 0
        standing: dict[str, NDArray[Any]] = {
            "linked": linked & home, "away_regular": n_away - irregular, "away_irregular": irregular,
            "returned_12m": (month - H["returned_month"] < MONTHS) & home, "displaced": H["displaced"] * people,
            "aspiring": H["aspiring"], "planning": H["plan"] > 0, "receiving_remittances": remittance > 0,
        }  # fmt: skip
        shared = H["first_month"] > 0  # who formed later shares the kin of the family it came from
        kin = (np.where(shared, H["settled"], H["kin"][0]), H["kin"][1] * ~shared, H["kin"][2] * ~shared)
        abroad = {
            f"abroad_{name}": kin[k] + H["away"][3 * k : 3 * k + 3].sum(0, np.uint8)
            for k, name in enumerate(DESTINATIONS)
        }
        for name, who in (standing | abroad).items():
            rows = np.flatnonzero(who > 0)  # three times as fast as of whole numbers
            self.add(name, rows, who[rows] * weight[rows])

    def add(self, name: str, rows: NDArray[np.intp] | slice, amounts: NDArray[np.float64]) -> None:
        """Count amounts of rows under a name, (departments, groups)."""
        found = np.bincount(self.cell[rows], amounts, N_DEPARTMENTS * N_CELLS)
        self.counts[name] = found.reshape(N_DEPARTMENTS, N_CELLS)


def numpy_ns(n_households: int, months: int) -> dict[str, float]:
    """Return how long NumPy columns take for the dense part of a month, one thread.

    n_households: about so many are there in January 2013. Returns nanoseconds of processor time a household-month by
    part of `PARTS`, their sum as `dense`, and `household_months`. The engine lives the first year, outside the figures.
    """
    end = month_name(month_index("2013-01") + SETTLED_MONTHS + months - 1)
    config = default_config(
        population__share=share_of_first(n_households), run__start="2013-01", run__end=end, run__threads=1
    )
    model = MigrationModel(config)
    for _ in range(SETTLED_MONTHS):
        model.step()
    columns = NumpyColumns(model)
    for month in range(SETTLED_MONTHS, SETTLED_MONTHS + months):
        columns.live(month)
    lived = len(columns) * months
    found = {part: seconds / lived * NANO for part, seconds in columns.spent.items()}
    return {**found, "dense": sum(found.values()), "household_months": lived}
