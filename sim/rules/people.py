"""Who lives in the household and who of them moves: counts by sex and age band, no person objects.

Adults are columns 0-3 women, 4-7 men, by ADULT_BANDS; children 0-2 by CHILD_BANDS.
"""

from __future__ import annotations

import numpy as np

from sim.codes import TARGET_BITS
from sim.numerics import compiled

FIRST_MAN = 4
N_BANDS = 4
ELDEST = 3
MOVING_BANDS = 3
"""Bands of adults that move: 18-29, 30-44 and, if nobody else, 45-64."""
TEENAGER = 2
FIRST_RURAL, FIRST_INDIGENOUS, FIRST_HEAD, FIRST_KIN = TARGET_BITS.values()


@compiled
def adults_home(adults):
    """Return the number of adults at home."""
    n = 0
    for cell in range(2 * N_BANDS):
        n += adults[cell]
    return n


@compiled
def workers_home(adults):
    """Return the number of adults below 65 at home."""
    return adults_home(adults) - adults[ELDEST] - adults[FIRST_MAN + ELDEST]


@compiled
def people_home(h):
    """Return the number of people at home."""
    return adults_home(h.adults) + children_home(h.children)


@compiled
def women_home(adults):
    """Return the number of women below 65 at home."""
    return adults[0] + adults[1] + adults[2]


@compiled
def children_home(children):
    """Return the number of children at home."""
    return children[0] + children[1] + children[TEENAGER]


@compiled
def mover(adults, u, male_share):
    """Return the cell of the adult who moves: the drawn sex first, the youngest band first; -1 if nobody."""
    man_first = u < male_share
    for turn in range(2):
        first = FIRST_MAN if man_first == (turn == 0) else 0
        for band in range(MOVING_BANDS):
            if adults[first + band] > 0:
                return first + band
    return -1


@compiled
def targeted(mask, h, kin_abroad):
    """Return whether a household belongs to a target group; `mask` as in sim.policies.base.who."""
    needed = (
        1 << (h.quintile - 1) | 1 << (FIRST_RURAL + h.rural) | 1 << (FIRST_INDIGENOUS + h.indigenous)
        | 1 << (FIRST_HEAD + h.female_head) | 1 << (FIRST_KIN + (1 if kin_abroad else 0))
    )  # fmt: skip
    return (np.int64(mask) & needed) == needed


@compiled
def has_kin_abroad(h):
    """Return whether the household has kin or members abroad."""
    n = 0
    for k in range(len(h.kin)):
        n += h.kin[k]
    for place in range(len(h.away)):
        n += h.away[place]
    return n > 0
