"""Room of a thread: figures of the month that are the same for many households, and one entry a row of the block."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.blocks.passes import without_programmes
from sim.codes import CHILD_BANDS, COUNTRIES, DESTINATIONS, N_DEPARTMENTS, N_MONTHS, STOCKS
from sim.households import STATUSES
from sim.numerics import ONE, ZERO, compiled, log32
from sim.rules.away_month import MANY, lay_out_away
from sim.rules.livelihood import disaster_loss
from sim.rules.month import lay_out_acting
from sim.rules.moves import MOST
from sim.rules.people import N_BANDS
from sim.rules.ways import LOT, lay_out_ways
from sim.state import N_CELLS, N_NESTS

N_COUNTRIES, N_CHILD, N_STOCKS, N_DESTINATIONS = len(COUNTRIES), len(CHILD_BANDS), len(STOCKS), len(DESTINATIONS)
BLOCK = 2048
"""Rows that live a month together: what they and the passes read stays in the second cache."""
MOST_RELATIVES = MOST * (1 + N_DESTINATIONS * len(STATUSES))
"""Kin in the United States and members away of a household, at most."""
ALMOST = np.float32(1 + 1e-6)
"""Factor that makes a bound computed in float32 no less than the exact one."""
FIRST_ABROAD, LINKED = N_STOCKS, N_STOCKS + N_DESTINATIONS
N_STANDS = LINKED + 1
"""What a household stands in at the end of a month: the stocks, kin and members abroad, and ties to the USA."""
Shape = tuple[Any, tuple[int, ...]]


def work(n_ways: int) -> dict[str, Shape]:
    """Return type and shape of each array that a thread works with."""
    by_department = (
        "ln_local", "dryness", "crime", "woman", "child", "struck", "ln_v", "hope", "city_income", "city_violence",
        "inside",
    )  # fmt: skip
    by_row = (
        "u", "v", "z", "ln_y", "fall", "firm", "dry_paid", "cash_got", "saving", "interest", "income", "y",
        "remittance", "wish", "spare",
    )  # fmt: skip
    of_lot = (
        "lot_p_hat", "lot_u", "lot_ln_v", "lot_ln_y", "lot_ln_r", "lot_ln_n", "lot_first", "lot_second", "leaving",
        "staying", "lot_best", "lot_held", "lot_child_hurt",
    )  # fmt: skip
    return {
        **_room(np.float32, (N_DEPARTMENTS,), *by_department), **_room(np.int64, (N_DEPARTMENTS,), "open_to"),
        **_room(np.float32, (N_COUNTRIES,), "child_turns", "adult_turns", "ln_price_mexico", "acting"),
        **_room(np.float32, (N_COUNTRIES, MANY + 1), "returning", "removing"),
        **_room(np.float32, (MANY + 1,), "settling"), **_room(np.float32, (MOST_RELATIVES + 1,), "ln_number"),
        **_room(np.float32, (N_MONTHS + 1,), "loss", "faded"), **_room(np.float32, (N_COUNTRIES, 2, 2), "ln_price"),
        **_room(np.float32, (n_ways,), "ln_earned", "ln_cost"), **_room(np.int32, (n_ways,), "asked", "bands"),
        **_room(np.uint8, (), "alike"), **_room(np.int64, (N_CELLS // N_COUNTRIES, 3), "sums"),
        **_room(np.float32, (LOT,), *of_lot), **_room(np.uint64, (LOT,), "lot_key", "lot_bits", "lot_id"),
        **_room(np.int32, (LOT,), "lot_row", "lot_department", "lot_traits", "lot_party", "lot_some", "lot_way",
            "lot_queue", "lot_adults", "lot_children", "lot_teenagers", "lot_barred",
        ),
        **_room(np.int64, (LOT,), "lot_open"), **_room(np.uint8, (LOT,), "lot_family"),
        **_room(np.float32, (n_ways, LOT), "utility", "feasible", "tastes"), **_room(np.uint8, (n_ways, LOT), "able"),
        **_room(np.float32, (N_NESTS, LOT), "in_nest"),
        **_room(np.float32, (BLOCK,), *by_row),
        **_room(np.uint64, (BLOCK,), "keys", "bits"),
        **_room(np.int32, (BLOCK,), "found", "those", "number", "earned", "sent"),
        **_room(
            np.uint8, (BLOCK,), "people", "workers", "offspring", "marks", "planned", "group", "in_city", "due",
            "some", "moves", "event",
        ),
        **_room(np.int16, (BLOCK,), "n_away"), **_room(np.int16, (N_STANDS, BLOCK), "stands"),
        **_room(np.int16, (N_DESTINATIONS, BLOCK), "members"),
    }  # fmt: skip


def _room(kind: Any, shape: tuple[int, ...], *names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, (kind, shape))


@compiled
def open_month(R, month, W, L, F, G, P):
    """Lay out what the passes read of the month, by department."""
    for d in range(N_DEPARTMENTS):
        R.ln_local[d] = W.ln_local[d, month] + F.ln_demand[d]
        R.dryness[d] = W.dryness[d, month]
        R.crime[d] = W.p_victim[d, month]
        R.woman[d] = W.p_gbv[d, month]
        R.child[d] = W.p_child_victim[d, month]
        R.struck[d] = W.disaster[d, month]
        R.ln_v[d] = W.ln_v[d, month]
        R.hope[d] = L.hope[d, month]
    without_programmes(R)
    lay_out_turns(R, month, W)
    lay_out_acting(R, month, W, P)
    lay_out_away(R, month, W, L, F, P)
    lay_out_ways(R, month, W, L, F, G, P)
    for ago in range(month + 1):
        R.loss[ago] = disaster_loss(ago, P)
    R.loss[month + 1] = ZERO
    for n in range(MOST_RELATIVES + 1):
        R.ln_number[n] = log32(ONE + n)


@compiled
def lay_out_turns(R, month, W):
    """Lay out bounds, by country, of all that may happen to a child, and to an adult, by age and death."""
    for country in range(N_COUNTRIES):
        child, adult = ZERO, ZERO
        for band in range(N_CHILD):
            child = max(child, W.death[month, country, band] + W.ageing[month, country, band])
        for band in range(N_CHILD, N_CHILD + 2 * N_BANDS):
            adult = max(adult, W.death[month, country, band] + W.ageing[month, country, band])
        R.child_turns[country] = child * ALMOST
        R.adult_turns[country] = (adult + W.birth[country, month] + W.leave_home[country, month]) * ALMOST
