"""The diversion ratio: what places did to the irregular journeys of those who took them, and of everybody else.

It compares the same households in both worlds, so it needs no model of who would have gone; what pins it in the
world, and what does not, is in docs/ledger.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.chance import Estimate, jackknife
from analysis.ledger_codes import IRREGULAR, NEW_PLACE, PHASES, REGULAR

if TYPE_CHECKING:
    from analysis.ledger_table import LedgerTable

LEAST_ADMITTED = 100
"""Simulated households newly admitted, five a part of the jackknife, below which no ratio is given."""


@dataclass(frozen=True)
class Diversion:
    """What places did to irregular journeys; people, scenario against baseline, averted counts as positive.

    admitted: people newly admitted whose 24 months lie in the months compared; cut: those whose 24 months do not.
    households: simulated ones of the former. places: used by them in their 24 months. ratio: their journeys averted
    in these months, per person newly admitted. with_wait: the same, journeys averted since they applied included.
    per_place: as ratio, per place used. overall: all journeys averted per regular journey more, all ways together.
    Ratios are None with few households or where the denominator may be zero. total: all journeys averted. direct:
    those of the newly admitted from admission to 24 months later, as far as seen. indirect: total less direct.
    split: indirect by who (docs/ledger.md): waiting, before, after, elsewhere, queued, other.
    """

    admitted: int
    cut: int
    households: int
    places: int
    ratio: Estimate | None
    with_wait: Estimate | None
    per_place: Estimate | None
    overall: Estimate | None
    total: Estimate
    direct: Estimate
    indirect: Estimate
    split: Mapping[str, Estimate]


def diversion(table: LedgerTable, programmes: Collection[str] = ()) -> Diversion:
    """Return what became of those newly admitted to these programmes first (none named: to any), and of all."""
    entry = table.columns["entry"]
    chosen = np.isin(entry, [table.names.index(name) for name in programmes]) if programmes else entry >= 0
    fresh = table.with_fate(NEW_PLACE) & (table.kind("to") == REGULAR) & chosen

    def admissions(phase: str) -> NDArray[np.int64]:
        return table.parts(fresh & (table.columns["phase_to"] == PHASES.index(phase)))

    def averted(where: NDArray[np.bool_], *phases: str) -> NDArray[np.int64]:
        codes = [PHASES.index(phase) for phase in phases or PHASES]
        before, after = (
            table.parts(where & (table.kind(way) == IRREGULAR) & np.isin(table.columns[phase], codes))
            for way, phase in (("from", "phase_from"), ("to", "phase_to"))
        )
        return before - after

    everybody = np.ones(len(entry), bool)
    entered, again = admissions("admitted"), admissions("within")
    within, waited = averted(chosen, "within"), averted(chosen, "waiting")
    total, direct = averted(everybody), averted(chosen, "within", "cut")
    households = table.count(fresh & (table.columns["phase_to"] == PHASES.index("admitted")))
    enough = households >= LEAST_ADMITTED
    more = table.change(REGULAR)
    return Diversion(
        int(entered.sum()), int(admissions("admitted_cut").sum()), households, int((entered + again).sum()),
        _ratio(within, entered) if enough else None, _ratio(within + waited, entered) if enough else None,
        _ratio(within, entered + again) if enough else None,
        _ratio(total, more) if table.sum_of(more).low90 > 0 else None,
        table.sum_of(total), table.sum_of(direct), table.sum_of(total - direct),
        {
            "waiting": table.sum_of(averted(chosen, "waiting", "waiting_cut")),
            "before": table.sum_of(averted(chosen, "before")), "after": table.sum_of(averted(chosen, "after")),
            "elsewhere": table.sum_of(averted((entry >= 0) & ~chosen)),
            "queued": table.sum_of(averted(everybody, "queued")), "other": table.sum_of(averted(everybody, "other")),
        },
    )  # fmt: skip


def _ratio(above: NDArray[np.int64], below: NDArray[np.int64]) -> Estimate | None:
    return jackknife(np.stack([above, below]), lambda sums: float(sums[0] / sums[1]))
