"""Instruments on safety at home: police and prisons, protection of women and of children, moving to safety.

Violence acts by ln(V / Vbar) and by the chances to be a victim, which follow from it: what changes one of them
changes both, and changes multiply. They reach a part of a department (coverage), told by place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from sim.codes import COUNTRIES, MONTHS_A_YEAR, N_MONTHS
from sim.policies.base import DOSE, PLACE, Cost, Instrument, Made, common, number
from sim.policies.fields import Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RIGHTS_RISK = {"prevention": 0.1, "professional": 0.3, "exception": 0.9}
"""Index 0 to 1 of the risk to rights by approach (assumed): a state of exception as in El Salvador since 2022 stands
near the top, police and prisons that are accountable in between, work with communities near zero."""
FADE = 24
"""Months after its end until half of what an institution changed is gone (assumed)."""


def shift_violence(made: Made, change: NDArray[np.float64]) -> None:
    """Add `change` (54, 276), ln, to ln(V / Vbar); chances to be a victim follow.

    A rate does not fall below the lowest one that ln(V / Vbar) tells apart. Where nothing changes no bit does.
    """
    import numpy as np

    from sim.assemble import victims

    world, before = made.world, made.world.ln_v.copy()
    lowest = np.float32(np.log(made.config["drivers.violence_floor"] / made.drivers.reference))
    after = before + change.astype(np.float32)
    world.ln_v[:] = np.where(change < 0, np.maximum(after, np.minimum(before, lowest)), after)
    chances = world.p_victim, world.p_gbv, world.p_child_victim
    for chance, old, new in zip(
        chances, victims(made.config, before), victims(made.config, world.ln_v), strict=True
    ):
        chance *= np.divide(new, old, out=np.ones_like(new), where=old > 0)


def fewer(by: float, reach: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the factor that is left of a chance which falls by the share `by` where an instrument reaches."""
    return (1 - by * reach).astype("float32")


class Security(Instrument):
    """Police, prisons and prevention that lower homicides and extortion; the risk to rights is reported beside."""

    FIELDS: ClassVar = {
        "approach": Field("choice", "", "how: it sets the risk to rights", default="professional",
                          choices=tuple(RIGHTS_RISK)),
        "coverage": number("share", "people of the group who live where it works", 1.0, 1),
        "homicide_reduction": number("share", "homicides, less by", 0.0, 0.95),
        "extortion_reduction": number("share", "extortion, less by, beside what follows from fewer homicides", 0.0, 1),
        "extortion_part": number("share", "victims of crime whose crime is extortion", 0.3, 1),
        **common(unit_cost=160, payer="origin_government", lag=24, targets=PLACE,
                 source="murders and extortion -51 % where prevention worked in 2010-14 (LAPOP-CARSI), contested by "
                        "Rosnick et al. 2016: half of it; 20-60 US$ a resident: assumed"),
        "fade_months": number("months", "months after the end until half of the effect is gone", FADE, N_MONTHS),
    }  # fmt: skip
    MOVES: ClassVar = {"victims_crime": -1, "victims_gender_violence": -1, "victims_children": -1,
                       "depart_irregular": -1, "rights_risk": 1}  # fmt: skip
    COST: ClassVar = Cost("household covered for a year", DOSE, ranges={"unit_cost_usd": (80, 240)})

    def apply(self, made: Made) -> None:
        """Lower violence and extortion, and note the risk to rights, by the part of the people it reaches."""
        import numpy as np

        from sim.world.geography import department_country

        homicides, extortion = self.settings["homicide_reduction"], self.settings["extortion_reduction"]
        reach = self.reach(made)
        if not reach.any() or (homicides == 0 and extortion == 0):
            return
        if homicides > 0:
            shift_violence(made, np.log1p(-homicides * reach))
        if extortion > 0:
            made.world.p_victim[:] *= fewer(extortion * self.settings["extortion_part"], reach)
        people = made.weights["households"]
        risk = made.levers.rights_risk
        for c in range(len(COUNTRIES)):
            here = department_country == c
            lived = np.average(reach[here], axis=0, weights=people[here]) * RIGHTS_RISK[self.settings["approach"]]
            risk[c] = np.maximum(risk[c], lived)

    def dose(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) households that live where it works, in years."""
        acts = self.settings["homicide_reduction"] > 0 or self.settings["extortion_reduction"] > 0
        return covered(self, made, made.weights["homes"].sum(axis=(0, 1))) * acts


class ProtectWomen(Instrument):
    """Shelter, services and prosecution that lower violence against women."""

    FIELDS: ClassVar = {
        "coverage": number("share", "women at risk who are served", 0.0, 1),
        "reduction": number("share", "gender-based violence against those served, less by", 0.2, 1),
        **common(unit_cost=600, lag=18, targets=PLACE,
                 source="5-20 % less, 300-1,000 US$ a woman served: both assumed"),
    }  # fmt: skip
    MOVES: ClassVar = {"victims_gender_violence": -1, "aspiring": -1, "depart_irregular": 0}
    WHY: ClassVar = "Few households are victims in a year, so few journeys hang on it; it is not for their sake."
    COST: ClassVar = Cost("woman served", DOSE, ranges={"unit_cost_usd": (300, 1000)})

    def apply(self, made: Made) -> None:
        """Lower the chance of gender-based violence."""
        made.world.p_gbv[:] *= fewer(self.settings["reduction"], self.reach(made))

    def dose(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) women served: coverage of the households struck in the month."""
        struck = made.world.p_gbv * made.weights["homes"].sum(axis=(0, 1))
        return covered(self, made, struck) * MONTHS_A_YEAR


class ProtectChildren(Instrument):
    """Protection of children: fewer are victims, and a part of those who would be sent alone are kept at home."""

    FIELDS: ClassVar = {
        "coverage": number("share", "children of 12-17 of the group who are reached", 0.0, 1),
        "reduction": number("share", "violence against those reached, less by", 0.2, 1),
        "kept": number("share", "children reached who would be sent on their own and are kept at home", 0.2, 1),
        **common(unit_cost=250, lag=24, targets=PLACE,
                 source="0.62 child journeys a homicide (Clemens 2021) shows that violence sends children; what "
                        "protection changes, and 100-400 US$ a child and year, are assumed"),
    }  # fmt: skip
    MOVES: ClassVar = {"victims_children": -1, "depart_irregular": -1}
    WHY: ClassVar = (
        "Fewer child victims means that fewer of those who leave send a child, and more go as a family: children who "
        "are kept outweigh it where many are reached."
    )
    COST: ClassVar = Cost("child reached for a year", DOSE, ranges={"unit_cost_usd": (100, 400)})

    def apply(self, made: Made) -> None:
        """Lower the chance of violence, and keep a part of the children that would be sent."""
        import numpy as np

        reach, care = self.reach(made), made.levers.child_care
        made.world.p_child_victim[:] *= fewer(self.settings["reduction"], reach)
        care[:] = np.maximum(care, self.settings["kept"] * reach)

    def dose(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) children of 12-17 reached, in years, of those that lived there in 2013."""
        return covered(self, made, made.weights["teenagers"][:, None])


class InternalRelocation(Instrument):
    """Support for moving to safety inside the country: it makes the move to the main city worth more."""

    FIELDS: ClassVar = {
        "support": number("utility", "added to moving inside the country; 0.6 doubles or triples it", 0.0, 5),
        "coverage": number("share", "people of the group who can get it", 1.0, 1),
        **common(unit_cost=500, payer="origin_government", lag=6, targets=PLACE,
                 source="1,000-3,000 US$ a household of about four: assumed, as is the size"),
    }  # fmt: skip
    MOVES: ClassVar = {"move_internal": 1, "depart_irregular": 0}
    WHY: ClassVar = "Few planners hesitate between the main city and abroad: journeys averted are few."
    COST: ClassVar = Cost("person who moves", "move_internal", ranges={"unit_cost_usd": (250, 750)})

    def apply(self, made: Made) -> None:
        """Add the support to the utility of the move."""
        made.levers.inside[:] += (self.settings["support"] * self.reach(made)).astype("float32")


def covered(instrument: Instrument, made: Made, there: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (276,) those that an instrument is delivered to, in years; there: (54, 276) or (54, 1) who lives there."""
    here = (made.departments(instrument.settings["target"])[:, None] * there).sum(axis=0)
    return here * instrument.settings["coverage"] * instrument.delivery(made) / MONTHS_A_YEAR


SAFETY: Mapping[str, type[Instrument]] = {
    "security": Security,
    "protect_women": ProtectWomen,
    "protect_children": ProtectChildren,
    "internal_relocation": InternalRelocation,
}
"""By name in a scenario file."""
