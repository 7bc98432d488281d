"""Instruments on the way and abroad, in plain words."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

ABROAD: Final = {
    "regional_coordination": Told(
        "regional coordination",
        "nothing that is measured: a full council is assumed to shorten the delays of other policies by three tenths",
        "whether a council would speed anything up",
        {"coordination": "Governments act together to {value} (100% would be in everything)."},
    ),
    "enforcement": Told(
        "more enforcement",
        "the price response of smugglers (when enforcement tripled, prices rose by 17 to 30%) and the longer stays "
        "that followed are published",
        "how long a rise in enforcement lasts before people and smugglers adapt",
        {
            "mexico_removal_multiplier": "The chance of being removed from Mexico is multiplied by {value}.",
            "apprehension_multiplier": "The chance of being apprehended at the border, each time one tries, is "
            "multiplied by {value}.",
            "interior_multiplier": "The chance that a resident without papers is removed is multiplied by {value}.",
            "effort_multiplier": "The patrols that smugglers have to get round are multiplied by {value}; the chances "
            "of being stopped stay.",
        },
    ),
    "border_outcomes": Told(
        "what follows an apprehension at the border",
        "the shares released, expelled and removed are on record month by month",
        "how soon those at home learn of a change, and how long it holds",
        {
            "released_multiplier": "The chance of release after an apprehension is multiplied by {value}.",
            "expelled": "Of those not released {value} are expelled to Mexico, where they can try again at once.",
        },
    ),
    "consequence": Told(
        "a consequence after apprehension",
        "sanctions at the border lowered the share apprehended again within 18 months by 4.6 to 6.1 points of 24.2%, "
        "among Mexican men",
        "whether families and people from farther away answer in the same way",
        {"gives_up_more": "The chance that someone who was sent back does not try again rises by {value}."},
    ),
    "mass_return": Told(
        "mass return",
        "the number of people removed is what the scenario asks for; residents without papers are estimated",
        "how many leave again, and what their return does to those at home",
        {"people_per_year": "{value} are removed from inside the United States, on top of what happens today."},
    ),
    "temporary_status": Told(
        "a temporary status",
        "how many people held such a status in 2023 is counted",
        "how they and their families would use it",
        {
            "share": "{value} of the residents without papers get it.",
            "within_months": "They register within {value}.",
        },
        ("within_months",),
    ),
    "end_temporary_status": Told(
        "the end of a temporary status",
        "how many people hold such a status is counted",
        "how many of them would leave or be removed",
        {
            "share": "{value} of those who hold such a status lose it.",
            "within_months": "It runs out over {value}.",
        },
        ("within_months",),
    ),
    "remittance_tax": Told(
        "a tax on remittances",
        "the rates of the bills of 2025 are published",
        "how much less is sent, or is sent by other ways",
        {"rate": "{value} of what is sent home is taken as a tax."},
    ),
    "information": Told(
        "information on true journey odds",
        "a trial in The Gambia, where information had no measurable effect on departures",
        "how far households believe what they are told",
        {
            "coverage": "{value} of the households are told.",
            "believed": "Each month, {value} of the gap between what they believe and the true odds closes.",
        },
        ("believed",),
    ),
    "narrative": Told(
        "a shared narrative",
        "nothing that is measured",
        "whether public opinion closes programmes, and whether a shared account can hold it off",
        {"held_off": "It prevents {value} of the erosion of the places that policies add."},
    ),
}
