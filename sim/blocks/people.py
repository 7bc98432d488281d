"""Births, deaths, ageing and leaving home: passes over the rows in which one may happen, number k of the m found."""

from __future__ import annotations

import numpy as np

from sim.blocks.flags import listed
from sim.numerics import compiled
from sim.world.demography import BORN, FIRST_BAND, LEFT, N_AGES, N_BANDS, N_CHILD, NOTHING, next_event, spare_of


@compiled
def find_events(b, R, m, month, country, W):
    """Find what happens to people of the m found (`event`, `z`); list to whom in `R.those` and return how many."""
    found, event, chance, number = R.found, R.event, R.z, R.number
    adults, formed = b.adults, b.first_month
    for k in range(m):
        event[k] = NOTHING
    for k in range(m):
        chance[k] = R.u[found[k]]
    for k in range(m):
        number[k] = adults[0, found[k]] + adults[1, found[k]]
    look(BORN, W.birth[country, month], R, m)
    for k in range(m):
        j = found[k]
        young = np.int32(adults[0, j]) + adults[1, j] + adults[N_AGES, j] + adults[N_AGES + 1, j]
        number[k] = spare_of(young, np.int32(R.people[j]) - R.offspring[j]) if formed[j] != month else 0
    look(LEFT, W.leave_home[country, month], R, m)
    for band in range(N_BANDS):
        column = b.children[band] if band < N_CHILD else adults[band - N_CHILD]
        for k in range(m):
            number[k] = column[found[k]]
        look(FIRST_BAND + 2 * band, W.death[month, country, band], R, m)
        look(FIRST_BAND + 2 * band + 1, W.ageing[month, country, band], R, m)
    return listed(event, R.those, m)


@compiled
def look(code, rate, R, m):
    """Look whether an event of a rate for each of `R.number` people happens."""
    event, chance, number = R.event, R.z, R.number
    for k in range(m):
        event[k], chance[k] = next_event(event[k], chance[k], np.uint8(code), rate * np.float32(number[k]))
