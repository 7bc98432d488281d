"""Instruments on the way and abroad: enforcement, its consequence, status, removal, remittances, information."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from sim.policies.base import Instrument, Made, common, number


class Enforcement(Instrument):
    """More removal in Mexico, apprehension at the border, or removal from inside the United States."""

    FIELDS: ClassVar = {
        "mexico_removal_multiplier": number("ratio", "removal in Mexico, times", 1.0, 5),
        "apprehension_multiplier": number("ratio", "apprehension per attempt, times", 1.0, 5),
        "interior_multiplier": number("ratio", "removal of residents, times", 1.0, 50),
        **common(payer="destination_government"),
    }
    MOVES: ClassVar = {"depart_irregular": -1, "smuggler_price": 1}
    WHY: ClassVar = "Stays grow longer, and those who are stopped may try again."

    def apply(self, made: Made) -> None:
        """Multiply the odds; none goes above one. The smuggler's price follows what a single adult meets."""
        import numpy as np

        from sim.world.border import stopped

        before, strength = stopped(made.world), self.strength(made)
        for name, series in (
            ("mexico_removal_multiplier", made.world.p_mexico),
            ("apprehension_multiplier", made.world.apprehended),
            ("interior_multiplier", made.world.interior),
        ):
            factor = 1 + (self.settings[name] - 1) * strength
            series[:] = np.minimum(series * factor.astype(np.float32), np.float32(1))
        change = (stopped(made.world) - before).astype(np.float32)
        made.border = replace(made.border, enforcement=made.border.enforcement + change)


class Consequence(Instrument):
    """A consequence after an apprehension that keeps more of those sent back from trying again."""

    FIELDS: ClassVar = {
        "gives_up_more": number("probability", "added to the chance of not trying again", 0.0, 1),
        **common(
            payer="destination_government", grade="D",
            source="sanctions lowered re-apprehension by .046-.061 of .242 (Bazzi et al. 2021)",
        ),
    }  # fmt: skip
    MOVES: ClassVar = {"encounter_us": -1}
    WHY: ClassVar = "Only those who are expelled or removed meet it."

    def apply(self, made: Made) -> None:
        """Add to the chance of giving up."""
        made.levers.sanction[:] += (self.settings["gives_up_more"] * self.strength(made)).astype("float32")
