"""The month of the reference workload as passes over blocks, compiled by numba: the engine's own way of looping.

Each pass is a straight line over up to 1,024 rows without branches or calls, one long chain at most, and whole numbers
of 64 bits apart from floats, so that the compiler takes eight rows at once; the few with an event come afterwards.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.reference.blocks import BLOCK, Found, Tables
from benchmarks.reference.workload import (
    APPLY,
    CENTS,
    DEPORT,
    F_APPLIED,
    F_APPREHENDED,
    F_DEPORTED,
    F_MOVED,
    F_RETURNED,
    F_SET_OUT,
    FIRST_WITH_PATHWAY,
    GO,
    INSIDE,
    IRREGULAR,
    MOST_WAIT,
    MOVED,
    N_CELLS,
    N_IN_COUNTRY,
    N_STATUSES,
    NONE,
    PARAMETERS,
    REGULAR,
    RETURN,
    STAYED,
    State,
)
from sim.draws import ATTEMPT, GOLDEN, LOTTERY, MOVE, bits_of, first_of, mix, second_of, uniform_of
from sim.numerics import (
    HALF,
    ONE,
    ZERO,
    central_quantile32,
    coefficients,
    compiled,
    exp_near32,
    in_tail,
    tail_quantile32,
)

(
    PULL, NOISE, YIELD, SAVED, SPENT, HELP, PER_SHARE, PER_TIE, PER_MIGRANT, V1, V1_INCOME, V1_TIES, V2, V2_WAIT, V3,
    V_INCOME, FARE, CAUGHT, SENT_REGULAR, SENT_IRREGULAR, BACK_REGULAR, BACK_IRREGULAR, DEPORTED, KEPT,
) = coefficients(*PARAMETERS.values())  # fmt: skip
HUNDRED = np.float32(CENTS)
WITH_PAPERS, WITHOUT_PAPERS = np.uint8(REGULAR), np.uint8(IRREGULAR)
FIRST_OPEN = np.uint8(FIRST_WITH_PATHWAY)
EIGHT = 8
"""Flags of events that are looked at together, as one number of 64 bits."""
BLOCKS_A_SUM = 16
"""Blocks after which the packed counts are unpacked: 2^14 households, each with less than 2^31 hundredths, fit."""
UP = np.int64(48)
"""Bits by which the count of households lies above their hundredths of savings in one packed number."""
LOWER = np.int64(2**48 - 1)


ROOM = {
    "key": np.uint64, **dict.fromkeys(("mark", "chosen", "event"), np.uint8), "cents": np.int32,
    **dict.fromkeys(("u", "choice", "z", "tail", "new", "mean", "net", "is_open", "inside", "apply", "go"), np.float32),
    "cell": np.uint16, "rows": np.uint16, "packed": np.int64,
}  # fmt: skip
Room = namedtuple("Room", ROOM)  # type: ignore[misc]
"""Room of a thread for the passes over a block, and packed counts by cell."""


@compiled
def _live(first, last, month, S, tables, R, found):
    R.packed[:] = 0
    applied = 0
    for block, start in enumerate(range(first, last, BLOCK)):
        n = min(BLOCK, last - start)
        part = slice(start, start + n)
        draw(S.stream[part], np.uint64(month), R)
        status, region, savings, migrant = S.status[part], S.region[part], S.savings[part], S.migrant[part]
        ties, wait, log_income = S.ties[part], S.wait[part], S.log_income[part]
        gather(region, tables, R)
        earn(status, log_income, R)
        save(status, migrant, log_income, savings, R)
        value(ties, migrant, wait, log_income, savings, R)
        choose(n, R)
        end_stay(status, R)
        applied = happen(start, n, applied, S, R, found)
        sum_up(status, region, migrant, savings, R)
        if block % BLOCKS_A_SUM == BLOCKS_A_SUM - 1:
            unpack(R, found)
    unpack(R, found)
    return applied


@compiled
def draw(stream, month, R):
    """Draw the key of each household in this month, and two uniforms from its bits."""
    n = len(stream)
    key, u, choice = R.key, R.u, R.choice
    forward = (month + np.uint64(1)) * GOLDEN
    for j in range(n):
        key[j] = mix(stream[j] + forward)
    for j in range(n):
        u[j] = first_of(key[j])
        choice[j] = second_of(key[j])


@compiled
def gather(region, tables, R):
    """Look up what belongs to the region."""
    mean, net, is_open = R.mean, R.net, R.is_open
    means, pulls = tables
    for j in range(len(region)):
        mean[j] = means[region[j]]
    for j in range(len(region)):
        net[j] = pulls[region[j]]
    for j in range(len(region)):
        is_open[j] = ONE if region[j] >= FIRST_OPEN else ZERO


@compiled
def earn(status, log_income, R):
    """Draw this month's income at home: AR(1) in logs."""
    u, z, mean, new, tail, rows = R.u, R.z, R.mean, R.new, R.tail, R.rows
    for j in range(len(status)):
        z[j] = central_quantile32(u[j])
    for k in range(list_tails(len(status), R)):
        z[rows[k]] = tail[k]
    for j in range(len(status)):
        x = log_income[j]
        drawn = x + PULL * (mean[j] - x) + NOISE * z[j]
        new[j] = drawn if status[j] < WITH_PAPERS else x
    for j in range(len(status)):
        log_income[j] = new[j]


@compiled
def list_tails(n, R):
    """List the rows whose shock is in a tail, with it; return how many they are."""
    u, mark, rows, tail = R.u, R.mark, R.rows, R.tail
    for j in range(n):
        mark[j] = in_tail(u[j])
    listed = np.uint64(0)
    for j in range(n):
        rows[listed] = j
        listed += np.uint64(mark[j])
    n_listed = np.int64(listed)
    for k in range(n_listed):
        tail[k] = u[rows[k]]
    for k in range(n_listed):
        tail[k] = tail_quantile32(tail[k])
    return n_listed


@compiled
def save(status, migrant, log_income, savings, R):
    """Save at home what is left of income, abroad a fixed sum."""
    income, new = R.z, R.new
    for j in range(len(status)):
        income[j] = exp_near32(log_income[j])
    for j in range(len(status)):
        more = SENT_REGULAR if status[j] == WITH_PAPERS else SENT_IRREGULAR
        left = YIELD * savings[j] + SAVED * income[j] - SPENT + HELP * np.float32(migrant[j])
        at_home = left if left > ZERO else ZERO
        abroad = savings[j] + more
        new[j] = at_home if status[j] < WITH_PAPERS else abroad
    for j in range(len(status)):
        savings[j] = new[j]


@compiled
def value(ties, migrant, wait, log_income, savings, R):
    """Value the alternatives to staying: exp of their utilities."""
    net, pull, worth, is_open = R.net, R.mean, R.z, R.is_open
    inside, apply, go = R.inside, R.apply, R.go
    n = len(ties)
    for j in range(n):
        inside[j] = exp_near32(V1 - V1_INCOME * log_income[j] + V1_TIES * np.float32(ties[j]))
    for j in range(n):
        tied = net[j] + PER_TIE * np.float32(ties[j])
        pull[j] = tied + PER_MIGRANT * np.float32(migrant[j]) - V_INCOME * log_income[j]
    for j in range(n):
        apply[j] = exp_near32(V2 + pull[j] + V2_WAIT * np.float32(wait[j])) * is_open[j]
    for j in range(n):
        worth[j] = exp_near32(V3 + pull[j])
    for j in range(n):
        go[j] = worth[j] * (ONE if savings[j] >= FARE else ZERO)


@compiled
def choose(n, R):
    """Choose at home among the alternatives, by where a uniform falls in the sum of their values."""
    choice, inside, apply, go, chosen = R.choice, R.inside, R.apply, R.go, R.chosen
    for j in range(n):
        second = ONE + inside[j]
        third = second + apply[j]
        drawn = choice[j] * (third + go[j])
        chosen[j] = np.uint8(drawn >= ONE) + np.uint8(drawn >= second) + np.uint8(drawn >= third)


@compiled
def end_stay(status, R):
    """Return from abroad, or be deported."""
    u, choice, chosen, event = R.u, R.choice, R.chosen, R.event
    for j in range(len(status)):
        at_home = chosen[j]
        without = status[j] == WITHOUT_PAPERS
        back = u[j] < (BACK_IRREGULAR if without else BACK_REGULAR)
        deported = (choice[j] < DEPORTED) & without
        ended = np.uint8(RETURN) if back else np.uint8(DEPORT) if deported else np.uint8(NONE)
        event[j] = ended if status[j] >= WITH_PAPERS else at_home
    for j in range(len(status), BLOCK):
        event[j] = 0


@compiled
def happen(start, n, applied, S, R, found):
    """Carry out the events of a block one by one; return how many of the thread have applied."""
    flags = R.event.view(np.uint64)
    for eighth in range(BLOCK // EIGHT):
        if flags[eighth] == 0:
            continue
        for j in range(eighth * EIGHT, eighth * EIGHT + EIGHT):
            event, i = R.event[j], start + j
            if event == INSIDE:
                place = np.uint8(uniform_of(R.key[j], MOVE) * np.float32(N_IN_COUNTRY))
                S.region[i] = S.region[i] // N_IN_COUNTRY * N_IN_COUNTRY + place
                S.status[i] = MOVED
                found.flows[F_MOVED] += 1
            elif event == APPLY:
                found.rows[applied] = i
                found.ranks[applied] = bits_of(R.key[j], LOTTERY)
                applied += 1
                found.flows[F_APPLIED] += 1
            elif event == GO:
                S.savings[i] -= FARE
                found.flows[F_SET_OUT] += 1
                if uniform_of(R.key[j], ATTEMPT) < CAUGHT:
                    found.flows[F_APPREHENDED] += 1
                else:
                    S.status[i] = IRREGULAR
            elif event != NONE:  # returned or deported
                if event == DEPORT:
                    S.savings[i] *= KEPT
                found.flows[F_RETURNED if event == RETURN else F_DEPORTED] += 1
                S.status[i] = STAYED
                S.migrant[i] = 1
                S.wait[i] = 0
    return applied


@compiled
def sum_up(status, region, migrant, savings, R):
    """Count households and savings by cell, both in one number."""
    cell, cents, packed = R.cell, R.cents, R.packed
    for j in range(len(status)):
        both = np.uint16(region[j]) * np.uint16(2) + migrant[j]
        cell[j] = np.uint16(both) * np.uint16(N_STATUSES) + status[j]
    for j in range(len(status)):
        cents[j] = np.int32(savings[j] * HUNDRED + HALF)
    for j in range(len(status)):
        packed[cell[j]] += (np.int64(1) << UP) + cents[j]


@compiled
def unpack(R, found):
    """Add the packed counts to those of the thread, and set them to zero."""
    for k in range(N_CELLS):
        found.households[k] += R.packed[k] >> UP
        found.cents[k] += R.packed[k] & LOWER
        R.packed[k] = 0


@compiled
def _settle(rows, ranks, last_rank, S, found):
    for k in range(len(rows)):
        i = rows[k]
        if ranks[k] > last_rank:
            S.wait[i] = min(S.wait[i] + 1, MOST_WAIT)
            continue
        cents = np.int64(np.int32(S.savings[i] * HUNDRED + HALF))
        for step in range(2):
            cell = (np.int64(S.region[i]) * 2 + S.migrant[i]) * N_STATUSES + S.status[i]
            found.households[cell] += 2 * step - 1
            found.cents[cell] += (2 * step - 1) * cents
            S.status[i] = REGULAR
        S.wait[i] = 0


class NumbaPasses:
    """The passes with the room of each thread."""

    def __init__(self, threads: int) -> None:
        def made(name: str, kind: type[np.generic]) -> NDArray[np.generic]:
            return np.zeros(N_CELLS if name == "packed" else BLOCK, kind)

        self.rooms = [Room(**{name: made(name, kind) for name, kind in ROOM.items()}) for _ in range(threads)]

    def live(self, slot: int, first: int, last: int, month: int, state: State, tables: Tables, found: Found) -> int:
        """Live the month in rows first to last; return how many applied."""
        return int(_live(first, last, month, state, tables, self.rooms[slot], found))

    def settle(
        self, rows: NDArray[np.int64], ranks: NDArray[np.uint64], last_rank: int, state: State, found: Found
    ) -> None:
        """Give places to the applicants up to a rank; the others wait."""
        _settle(rows, ranks, np.uint64(last_rank), state, found)
