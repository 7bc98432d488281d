"""What many lives together change for each: networks, perceived success, the smuggler's price, local demand,
and how likely a regular place looks.

Equations (11) and (13) of docs/odd.md. Called once a month with what was counted; writes the `Feedback` arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.codes import (
    COUNTRIES,
    DESTINATIONS,
    FAMILY_UNIT,
    FLOWS,
    IRREGULAR_PATHWAYS,
    MONTHS_A_YEAR,
    N_DEPARTMENTS,
    N_MONTHS,
    PARTIES,
    PATHWAYS,
    THEORIES,
    month_index,
)
from sim.compiling import compiled_loop
from sim.config import Config
from sim.pathways import N_OTHER_WAYS, PathwayBook, way_of
from sim.state import FIRST_PATHWAY_KIND, INCOME, REMITTANCES, Feedback, Levers, Tally, World
from sim.world.border import Border
from sim.world.geography import department_country

PER_HOUSEHOLDS = 1000
ARRIVED, ADMITTED = FLOWS.index("arrive_irregular"), FLOWS.index("arrive_regular")
_SMUGGLER, _OWN, _MEX = (FIRST_PATHWAY_KIND + PATHWAYS.index(name) for name in IRREGULAR_PATHWAYS)
IRREGULAR_KINDS = {DESTINATIONS.index("USA"): [_SMUGGLER, _OWN], DESTINATIONS.index("MEX"): [_MEX]}
"""Kinds of flows that end without papers, by destination."""
TOLERATED = (2014, 2019)
"""First year, and the year after the last, whose arrivals count as usual."""
LOWEST_CHANCE = 0.002
"""Perceived chance of a place when nobody has had one: ln of it enters the utility (assumption)."""


def success(world: World, levers: Levers, config: Config, month: int) -> NDArray[np.float64]:
    """Return (3 countries, 3 parties) the chance to arrive, equation (9) before deaths.

    (1-p_M) sum_a [(1-q) + q rho] [q x (1-p_det)]^(a-1), x the share expelled to Mexico.
    """
    q = world.apprehended[None, :, month].astype(np.float64)
    gives_up = min(config["border.p_det_expelled"] + float(levers.sanction[month]), 1)
    again = q * world.expelled[:, :, month] * (1 - gives_up)
    arrive = (1 - q) + q * world.released[:, :, month]
    tries = sum(again**a for a in range(config["journey.max_attempts"]))
    return np.asarray((1 - world.p_mexico[:, None, month]) * arrive * tries, np.float64)


@compiled_loop
def _learn(lam, own_weight, half, tried, linked, country, p_hat):
    households = np.zeros(len(COUNTRIES), np.int64)
    of_country = np.zeros((len(COUNTRIES), len(PARTIES), 2), np.int64)
    for d in range(len(country)):
        households[country[d]] += linked[d, 1]
        for party in range(len(PARTIES)):
            for what in range(2):
                of_country[country[d], party, what] += tried[d, party, what]
    for d in range(len(country)):
        for party in range(len(PARTIES)):
            all_tried, arrived = of_country[country[d], party]
            if all_tried == 0:
                continue
            own = mean = arrived / all_tried
            if tried[d, party, 0] > 0:
                own = tried[d, party, 1] / tried[d, party, 0]
            seen = own_weight * own + (1 - own_weight) * mean
            n = all_tried / (households[country[d]] / PER_HOUSEHOLDS)
            pace = lam * n / (n + half)
            p_hat[d, party] = (1 - pace) * p_hat[d, party] + pace * seen


class Feedbacks:
    """The feedbacks of one model: they read what a month counted and write the next month's `Feedback`."""

    def __init__(self, config: Config, world: World, levers: Levers, border: Border, n_ways: int) -> None:
        self.config, self.border, self.world, self.levers = config, border, world, levers
        self.ways = way_of(np.arange(n_ways - N_OTHER_WAYS))
        self.alarm_month = month_index(config["feedbacks.alarm_month"])
        self.capacity = np.zeros(len(COUNTRIES))
        self.demand = np.zeros(len(COUNTRIES))
        self.first_share = np.zeros(N_DEPARTMENTS)
        self.share = np.zeros(N_DEPARTMENTS)
        self.callable = np.zeros((n_ways, len(COUNTRIES)), np.int64)
        self.arrivals = np.zeros((len(DESTINATIONS), N_MONTHS))
        known = success(world, levers, config, 0)[department_country]
        known[:, FAMILY_UNIT] *= config["feedbacks.family_start"]
        price = np.full(len(COUNTRIES), self._base_price(0), np.float32)
        self.first_price = price.copy()
        self.start = Feedback(
            kin_share=np.zeros(N_DEPARTMENTS, np.float32), p_hat=known.astype(np.float32), price=price,
            ln_price_ratio=np.zeros(len(COUNTRIES), np.float32), ln_demand=np.zeros(N_DEPARTMENTS, np.float32),
            ln_chance=np.full((n_ways, len(COUNTRIES)), np.log(LOWEST_CHANCE), np.float32),
            wait_years=np.zeros((n_ways, len(COUNTRIES)), np.float32),
            is_open=np.zeros((n_ways, len(COUNTRIES)), np.uint8),
            offer=np.zeros((n_ways, len(COUNTRIES)), np.float32), calling=np.zeros(1, np.uint8),
            followed=np.zeros((n_ways, N_DEPARTMENTS), np.float32), seen=np.zeros(N_DEPARTMENTS, np.float32),
        )  # fmt: skip

    def take_over(self, other: Feedbacks) -> None:
        """Take over what another model's feedbacks remember."""
        self.first_price, self.arrivals = other.first_price.copy(), other.arrivals.copy()
        self.capacity, self.demand = np.copy(other.capacity), np.copy(other.demand)
        self.first_share, self.share = other.first_share.copy(), other.share.copy()
        self.callable[: len(other.callable)] = other.callable

    def never_open(self, month: int, now: Feedback, first: int) -> None:
        """Set how likely a place looks of ways from `first` on that had none up to a month."""
        unseen = np.full(1, np.log(LOWEST_CHANCE), np.float32)
        for past in range(month + 1):
            lam = self.config["feedbacks.lam"] if past else 1.0
            unseen[:] = np.log(np.maximum(np.exp(unseen) * (1 - lam) + lam * LOWEST_CHANCE, LOWEST_CHANCE))
        now.ln_chance[first:] = unseen

    def _base_price(self, month: int) -> float:
        """Return the price before the response to demand: exogenous path and e_C times ln enforcement."""
        response = self.config["feedbacks.e_C"] * self.border.enforcement[month]
        return float(self.border.smuggler_price[month] * np.exp(response))

    def open_month(self, month: int, now: Feedback, book: PathwayBook) -> None:
        """Show households which programmes had places in the last year, how long they take and how likely one looks."""
        self._sustain(month, book)
        self._call(month, now, book)
        terms = book.terms.at(month).arrays()
        months = slice(max(0, month - MONTHS_A_YEAR), month)
        applied, admitted = (book.ledger[name][:, :, months].sum(axis=2) for name in ("applied", "admitted"))
        first = max(0, month + 1 - MONTHS_A_YEAR)
        places = book.schedule.usable[:, :, first : first + MONTHS_A_YEAR].sum(axis=2)
        now.is_open[self.ways] = places > 0
        waiting = book.ledger["waiting"][:, :, month - 1] if month else np.zeros_like(places)
        hoped = np.where(places > 0, np.minimum(1, (places + 1) / (applied + waiting + 1)), 0)
        lam = self.config["feedbacks.lam"] if month else 1.0
        seen = np.exp(now.ln_chance[self.ways]) * (1 - lam) + lam * np.maximum(hoped, LOWEST_CHANCE)
        now.ln_chance[self.ways] = np.log(np.maximum(seen, LOWEST_CHANCE))
        longest = terms.max_wait / MONTHS_A_YEAR
        backlog = waiting / np.maximum(admitted, 1)
        processing = terms.processing / MONTHS_A_YEAR
        now.wait_years[self.ways] = processing[:, None] + np.minimum(backlog, longest[:, None])

    def close_month(self, month: int, now: Feedback, done: Tally) -> None:
        """Learn from the month: networks, success of contacts, true odds if they are told, price, demand."""
        self.callable = done.callable
        arrived = done.events[done.events["flow"] == ARRIVED]
        by_kind = np.bincount(arrived["kind"], arrived["people"], len(self.callable) + FIRST_PATHWAY_KIND)
        for d, kinds in IRREGULAR_KINDS.items():
            self.arrivals[d, month] = by_kind[kinds].sum()
        now.kin_share[:] = done.linked[:, 0] / np.maximum(done.linked[:, 1], 1)
        if self.config["behaviour.theory"] != THEORIES[0]:
            self._follow(now, done)
        self._learn(now, done)
        if month == self.alarm_month:
            now.p_hat[:] *= 1 - self.config["feedbacks.alarm"]
        if self.levers.truth[:, month].any():
            known = success(self.world, self.levers, self.config, month)[department_country]
            now.p_hat[:] += self.levers.truth[:, month, None] * (known - now.p_hat)
        self._price(month, now, done)
        self._local_demand(month, now, done)

    def _call(self, month: int, now: Feedback, book: PathwayBook) -> None:
        """Set the chance to be drawn: reserved places of this month over those that a draw could call last month."""
        now.offer[:] = 0
        now.calling[0] = 0
        for p in np.flatnonzero(self.levers.call[self.ways]):
            way, reserved = self.ways[p], book.schedule.reserved[p]
            kept = book.programmes.items[p].month_of_year(month) > 0  # what is left lapses as its year begins
            left = book.left_reserved[p] * kept + reserved[:, month]
            now.offer[way] = np.minimum(1, left / np.maximum(self.callable[way], 1)) * (self.callable[way] > 0)
            now.calling[0] |= np.uint8(left.any() or reserved[:, month : month + 2].any())

    def _sustain(self, month: int, book: PathwayBook) -> None:
        """Let tolerance erode what opens: (arrivals of the year / their mean in 2014-18)^-tolerance, at most 1.

        Off while `feedbacks.tolerance` is 0; observed places are never touched.
        """
        weight = self.config["feedbacks.tolerance"]
        if weight == 0 or month < month_index(self.config["feedbacks.tolerance_from"]):
            return
        first, last = (month_index(f"{year}-01") for year in TOLERATED)
        usual = self.arrivals[:, first:last].mean(axis=1)
        lately = self.arrivals[:, month - MONTHS_A_YEAR : month].mean(axis=1)
        held = weight * (1 - float(self.levers.narrative[month]))
        factor = ((lately + 1) / (usual + 1)) ** -held
        to = [DESTINATIONS.index(item.destination) for item in book.programmes.items]
        book.sustained[:] = np.clip(factor, self.config["feedbacks.tolerance_lowest"], 1)[to]

    def _follow(self, now: Feedback, done: Tally) -> None:
        """Rivals of random utility: followed <- (1 - m) followed + m (arrivals of the month, a year); m follow_memory.

        By way, households from which somebody arrived over all of the own department, and of the country.
        seen = 1 - (1 - M) (1 - sum of followed). Only theories that look at others read it.
        """
        came = done.events[np.isin(done.events["flow"], (ARRIVED, ADMITTED))]
        arrived = np.zeros(now.followed.shape, np.int64)
        np.add.at(arrived, (came["kind"] - FIRST_PATHWAY_KIND, came["department"]), came["households"])
        same_country = (department_country[:, None] == department_country).astype(np.int64)
        own_weight, memory = self.config["feedbacks.own_weight"], self.config["feedbacks.follow_memory"]
        households = done.linked[:, 1]
        own = arrived / np.maximum(households, 1)
        mean = (arrived @ same_country) / np.maximum(households @ same_country, 1)
        lately = MONTHS_A_YEAR * (own_weight * own + (1 - own_weight) * mean)
        now.followed[:] = (1 - memory) * now.followed + memory * lately
        now.seen[:] = 1 - (1 - now.kin_share) * (1 - np.minimum(now.followed.sum(axis=0), 1))

    def _learn(self, now: Feedback, done: Tally) -> None:
        """(11): p_hat <- (1 - lam n/(n + n0)) p_hat + lam n/(n + n0) (outcomes of the own department and the country).

        By party; n: journeys of the party per 1,000 households of the country this month. News travels with those
        who travel: what few have tried, few learn of.
        """
        pace, own_weight, half = (self.config[f"feedbacks.{name}"] for name in ("lam", "own_weight", "contact_half"))
        _learn(pace, own_weight, half, done.tried, done.linked, department_country, now.p_hat)

    def _price(self, month: int, now: Feedback, done: Tally) -> None:
        """(13): ln C = ln C0 + e_C ln(enforcement) + xi ln(demand / capacity); capacity follows demand slowly."""
        smuggled = done.funds.sum(axis=1).astype(np.float64)
        fast, slow = self.config["feedbacks.demand_memory"], self.config["feedbacks.capacity_memory"]
        if month < MONTHS_A_YEAR:
            self.capacity = (self.capacity * month + smuggled) / (month + 1)
            self.demand = self.capacity
        else:
            self.demand = (1 - fast) * self.demand + fast * smuggled
            self.capacity = (1 - slow) * self.capacity + slow * smuggled
        pressure = np.log((self.demand + 1) / (self.capacity + 1))
        ahead = min(month + 1, len(self.border.smuggler_price) - 1)
        now.price[:] = self._base_price(ahead) * np.exp(self.config["feedbacks.xi"] * pressure)
        now.ln_price_ratio[:] = np.log(now.price / self.first_price)

    def _local_demand(self, month: int, now: Feedback, done: Tally) -> None:
        """Local income follows the share of remittances in household income since the first year."""
        money = done.money_department.astype(np.float64)
        share = money[:, REMITTANCES] / np.maximum(money[:, INCOME], 1)
        memory = self.config["feedbacks.demand_memory"]
        if month < MONTHS_A_YEAR:
            self.first_share += share / MONTHS_A_YEAR
            self.share = self.first_share * MONTHS_A_YEAR / (month + 1)
            return
        self.share = (1 - memory) * self.share + memory * share
        now.ln_demand[:] = self.config["feedbacks.local_demand"] * (self.share - self.first_share)
