"""Birth, ageing, death and leaving home: once a year, in the household's own month.

Monthly rates r become yearly chances 1 - (1 - r)^12; the yearly turn keeps the same totals at a twelfth of the
draws.
"""

from __future__ import annotations

from sim.draws import AGE, BIRTH, FORM, MORTALITY, uniform
from sim.numerics import ONE, compiled, exp32, log32
from sim.rules.people import ELDEST, FIRST_MAN, N_BANDS, TEENAGER

MONTHS = 12
CHILD_YEARS = (5, 7, 6)
"""Width of the bands 0-4, 5-11 and 12-17, years."""
ADULT_YEARS = (12, 15, 20)
"""Width of the bands 18-29, 30-44 and 45-64, years."""
MOST = 255
MOVING_OUT_BANDS = 2


@compiled
def yearly(p_month):
    """Return the chance over twelve months of an event of monthly chance p_month."""
    return ONE - exp32(MONTHS * log32(ONE - p_month))


@compiled
def hits(seed, hid, month, purpose, first, n, p):
    """Return how many of n people draw an event of chance p; `first` tells their draws apart."""
    events = 0
    for k in range(n):
        if uniform(seed, hid, month, purpose, first * (MOST + 1) + k) < p:
            events += 1
    return events


@compiled
def grow_older(h, month, seed, W):
    """Let a year pass over the people at home."""
    hid = h.id
    country = W.country[h.department]
    N_CHILD = TEENAGER + 1
    for band in range(N_CHILD):
        h.children[band] -= hits(
            seed, hid, month, MORTALITY, band, h.children[band], yearly(W.death[country, band, month])
        )
    for c in range(2 * N_BANDS):
        h.adults[c] -= hits(
            seed, hid, month, MORTALITY, N_CHILD + c, h.adults[c], yearly(W.death[country, N_CHILD + c, month])
        )
    for sex in range(2):
        first = FIRST_MAN * sex
        for turn in range(ELDEST):
            band = ELDEST - 1 - turn
            older = hits(seed, hid, month, AGE, N_CHILD + first + band, h.adults[first + band], ONE / ADULT_YEARS[band])
            h.adults[first + band] -= older
            h.adults[first + band + 1] += older
    grown = hits(seed, hid, month, AGE, TEENAGER, h.children[TEENAGER], ONE / CHILD_YEARS[TEENAGER])
    h.children[TEENAGER] -= grown
    men = hits(seed, hid, month, FORM, 0, grown, ONE / 2)
    h.adults[FIRST_MAN] += men
    h.adults[0] += grown - men
    for turn in range(TEENAGER):
        band = TEENAGER - 1 - turn
        older = hits(seed, hid, month, AGE, band, h.children[band], ONE / CHILD_YEARS[band])
        h.children[band] -= older
        h.children[band + 1] += older
    mothers = h.adults[0] + h.adults[1]
    h.children[0] = min(
        h.children[0] + hits(seed, hid, month, BIRTH, 0, mothers, yearly(W.birth[country, month])), MOST
    )
    p_leave = yearly(W.leave_home[country, month])
    for sex in range(2):
        for band in range(MOVING_OUT_BANDS):
            c = FIRST_MAN * sex + band
            h.adults[c] -= hits(seed, hid, month, FORM, 1 + c, h.adults[c], p_leave)
