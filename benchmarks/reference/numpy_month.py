"""The reference workload in NumPy float32 columns: one array expression after another, rare events by their rows.

Draws are the project's (splitmix64 on columns of 64 bits) or, as a NumPy user would take them, of NumPy's own
generator, which is faster: a comparison goes by the faster of the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.numpy_columns import bits, first, quantile, second, step
from benchmarks.reference.workload import (
    CENTS,
    F_APPLIED,
    F_APPREHENDED,
    F_DEPORTED,
    F_GRANTED,
    F_MOVED,
    F_RETURNED,
    F_SET_OUT,
    FIRST_WITH_PATHWAY,
    FLOWS,
    IRREGULAR,
    MOST_WAIT,
    MOVED,
    N_CELLS,
    N_IN_COUNTRY,
    PARAMETERS,
    PLACES,
    REGULAR,
    STAYED,
    Month,
    State,
    cells,
    network_share,
)
from sim.draws import ATTEMPT, LOTTERY, MOVE

Floats = NDArray[np.float32]
Keys = NDArray[np.uint64]
Q = {name: np.float32(value) for name, value in PARAMETERS.items()}


class HashDraws:
    """The project's draws: of (seed, household, month, purpose)."""

    def __init__(self, state: State) -> None:
        self.stream = state.stream

    def dense(self, month: int) -> tuple[Floats, Floats, Floats]:
        """Return of every household a normal, and two uniforms of which the first belongs to the normal."""
        self.key = step(self.stream, month)
        u = first(self.key)
        return quantile(u), u, second(self.key)

    def uniform(self, purpose: int, rows: NDArray[np.intp]) -> Floats:
        """Return a uniform of some households."""
        return first(bits(self.key[rows], purpose))

    def ranks(self, rows: NDArray[np.intp]) -> Keys:
        """Return numbers by whose order places are given."""
        return bits(self.key[rows], LOTTERY)


class OwnDraws:
    """Draws of NumPy's own generator, in the order in which they are asked for."""

    def __init__(self, state: State, seed: int) -> None:
        self.rng, self.n = np.random.default_rng(seed), len(state.status)

    def dense(self, month: int) -> tuple[Floats, Floats, Floats]:
        """Return of every household a normal and two uniforms."""
        rng, n = self.rng, self.n
        return rng.standard_normal(n, np.float32), rng.random(n, np.float32), rng.random(n, np.float32)

    def uniform(self, purpose: int, rows: NDArray[np.intp]) -> Floats:
        """Return a uniform of some households."""
        return self.rng.random(len(rows), np.float32)

    def ranks(self, rows: NDArray[np.intp]) -> Keys:
        """Return numbers by whose order places are given."""
        return self.rng.integers(0, 2**64, len(rows), np.uint64)


class NumpyMonth:
    """The workload in columns of NumPy; state is changed in place."""

    def __init__(self, state: State, means: Floats, draws: HashDraws | OwnDraws) -> None:
        self.state, self.means, self.draws = state, means, draws
        self.households = np.bincount(cells(state), minlength=N_CELLS)

    def live(self, month: int) -> Month:
        """Live one month."""
        S, flows = self.state, np.zeros(len(FLOWS), np.int64)
        z, u, choice = self.draws.dense(month)
        home = S.status < REGULAR
        event_home = home & self._at_home(z, choice, home)
        away = np.flatnonzero(~home)
        self._choose(np.flatnonzero(event_home), choice, flows)
        self._abroad(away, u[away], choice[away], flows)
        return self._count(flows)

    def _at_home(self, z: Floats, choice: Floats, home: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Earn, save and value the alternatives; return who does not stay."""
        S = self.state
        mean = self.means[S.region]
        log_income = S.log_income + Q["PULL"] * (mean - S.log_income) + Q["NOISE"] * z
        S.log_income[home] = log_income[home]
        saved = Q["YIELD"] * S.savings + Q["SAVED"] * np.exp(log_income) - Q["SPENT"] + Q["HELP"] * S.migrant
        S.savings[home] = np.maximum(saved, np.float32(0))[home]
        net = (Q["PER_SHARE"] * network_share(self.households))[S.region] + Q["PER_TIE"] * S.ties
        net += Q["PER_MIGRANT"] * S.migrant - Q["V_INCOME"] * S.log_income
        inside = np.exp(Q["V1"] - Q["V1_INCOME"] * S.log_income + Q["V1_TIES"] * S.ties)
        apply = np.exp(Q["V2"] + net + Q["V2_WAIT"] * S.wait) * (S.region >= FIRST_WITH_PATHWAY)
        go = np.exp(Q["V3"] + net) * (S.savings >= Q["FARE"])
        self.inside, self.applying = 1 + inside, 1 + inside + apply
        self.drawn = choice * (self.applying + go)
        return np.asarray(self.drawn >= 1)

    def _choose(self, rows: NDArray[np.intp], choice: Floats, flows: NDArray[np.int64]) -> None:
        """Carry out what households at home chose: move, apply and perhaps win a place, set out without papers."""
        S, drawn = self.state, self.drawn[rows]
        moves, goes = drawn < self.inside[rows], drawn >= self.applying[rows]
        movers, goers, applicants = rows[moves], rows[goes], rows[~moves & ~goes]
        u = self.draws.uniform(MOVE, movers)
        S.region[movers] = S.region[movers] // N_IN_COUNTRY * N_IN_COUNTRY + (u * N_IN_COUNTRY).astype(np.uint8)
        S.status[movers] = MOVED
        S.savings[goers] -= Q["FARE"]
        caught = self.draws.uniform(ATTEMPT, goers) < Q["CAUGHT"]
        S.status[goers[~caught]] = IRREGULAR
        places = min(round(PLACES * len(S.status)), len(applicants))
        order = np.argsort(self.draws.ranks(applicants))
        winners, losers = applicants[order[:places]], applicants[order[places:]]
        S.status[winners] = REGULAR
        S.wait[winners] = 0
        S.wait[losers] = np.minimum(S.wait[losers] + 1, MOST_WAIT)
        flows[[F_MOVED, F_APPLIED, F_SET_OUT]] = len(movers), len(applicants), len(goers)
        flows[[F_APPREHENDED, F_GRANTED]] = caught.sum(), places

    def _abroad(self, rows: NDArray[np.intp], u: Floats, other: Floats, flows: NDArray[np.int64]) -> None:
        """Save abroad; return, or be deported."""
        S = self.state
        regular = S.status[rows] == REGULAR
        S.savings[rows] += np.where(regular, Q["SENT_REGULAR"], Q["SENT_IRREGULAR"])
        back = u < np.where(regular, Q["BACK_REGULAR"], Q["BACK_IRREGULAR"])
        deported = ~back & ~regular & (other < Q["DEPORTED"])
        S.savings[rows[deported]] *= Q["KEPT"]
        home = rows[back | deported]
        S.status[home], S.migrant[home], S.wait[home] = STAYED, 1, 0
        flows[[F_RETURNED, F_DEPORTED]] = back.sum(), deported.sum()

    def _count(self, flows: NDArray[np.int64]) -> Month:
        """Count households and savings by region, past migration and status."""
        cell = cells(self.state)
        self.households = np.bincount(cell, minlength=N_CELLS)
        savings = np.bincount(cell, self.state.savings, N_CELLS)
        return Month(self.households, np.rint(savings * CENTS).astype(np.int64), flows)
