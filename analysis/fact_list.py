"""The list of stylised facts, E1 to E20: what each is, where it is from, how it is scored, and what of it is fitted."""

from __future__ import annotations

from typing import Final

from analysis.facts import (
    arrived,
    encounters_2017_21,
    families,
    fifths,
    fit_arrived,
    fit_effects,
    fit_families,
    fit_fifths,
    fit_funds,
    fit_funnel,
    fit_intentions,
    fit_kin,
    fit_modes,
    fit_money,
    fit_rise,
    fit_sent_home,
    funds,
    funnel,
    intentions,
    journeys_a_year,
    kin,
    modes,
    money,
    nothing,
    of_effects,
    season,
    sent_home,
)
from analysis.stylised import Fact, Fitted, Seen
from analysis.targets import Row

MPI: Final = "MPI, WFP and MIT 2021"
CBP: Final = "US Border Patrol"
FACTS: Final[tuple[Fact, ...]] = (
    Fact("E1", "emigrants to the United States", MPI, journeys_a_year),
    Fact("E2", "encounters, sum and by country", CBP, encounters_2017_21, fit_rise),
    Fact("E3", "who considers, plans, leaves", MPI, funnel, fit_funnel, late=True),
    Fact("E4", "mode and price", MPI, modes, fit_modes, late=True),
    Fact("E5", "how journeys are paid", "IDB 2019", funds, fit_funds, late=True),
    Fact("E6", "the rise of families", CBP, families, fit_families),
    Fact("E7", "children per homicide", "Clemens 2021", of_effects("children", "children_elasticity"),
         fit_effects("children", "children_elasticity")),
    Fact("E8", "dryness", "Linke et al. 2023", of_effects("dryness"), fit_effects("dryness")),
    Fact("E9", "shocks in rural El Salvador", "Halliday 2006", of_effects("shocks"), fit_effects("shocks")),
    Fact("E10", "kin abroad, over departments", "Beine et al. 2011", kin, fit_kin),
    Fact("E11", "income", "MPI, WFP and MIT 2021", fifths, fit_fifths),
    Fact("E12", "tightness of the US labour market", "Bahar 2025", of_effects("tightness"), fit_effects("tightness")),
    Fact("E13", "enforcement tripled", "Gathmann 2008", of_effects("enforcement_price", "enforcement_flow"),
         fit_effects("enforcement_price", "enforcement_flow")),
    Fact("E14", "apprehended again, and sanctions", "Bazzi et al. 2021", of_effects("again", "sanctions"),
         fit_effects("again", "again_from_home", "sanctions")),
    Fact("E15", "what the returned intend and do", "IOM; Task Force 2021", intentions, fit_intentions, late=True),
    Fact("E16", "remittances", "central banks; World Bank", money, fit_money),
    Fact("E17", "season", CBP, season),
    Fact("E18", "children alone, sex and age", CBP, nothing),
    Fact("E19", "returns", "Task Force 2021; IOM", sent_home, fit_sent_home),
    Fact("E20", "where they are", MPI, arrived, fit_arrived, late=True),
)  # fmt: skip


def fitted(seen: Seen) -> list[Fitted]:
    """Return every figure that may set parameters; `seen` holds figures behind the seal.

    Raises:
        SealedError: a fact asks for what no fit may see.

    """
    return [one for fact in FACTS if fact.fit is not None for one in fact.fit(seen)]


def scored(seen: Seen) -> dict[str, list[Row]]:
    """Return every comparison by fact; `seen` holds the whole record."""
    return {fact.code: fact.score(seen) for fact in FACTS}
