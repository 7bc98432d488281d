"""What each of the twelve key recommendations of the Task Force asks for, in our own words."""

from __future__ import annotations

from typing import Final

RECOMMENDATIONS: Final = {
    1: "Found a standing migration council of North and Central America, in which civil society has a seat, so that "
    "governments act together.",
    2: "Let women's organisations lead a regional effort to protect women and children from violence.",
    3: "Build child protection that works across borders, for children at risk of being displaced and on the move.",
    4: "Pay for asylum in the region, widen Mexico's relocation of refugees to places with jobs, and give people "
    "displaced inside their own country a policy that protects them.",
    5: "Open at least 50,000 more labour places over two years, with the United States, Canada and Mexico acting "
    "together.",
    6: "Widen every protection pathway to the United States and Canada: resettlement, complementary protection, parole "
    "and temporary status.",
    7: "Stand behind those who fight corruption: civil society, regional bodies with real powers, an international "
    "court, sanctions.",
    8: "Build police and prisons that are professional, clean and accountable, so that violence falls without costing "
    "rights.",
    9: "Launch an ambitious economic initiative against the inequalities that make people leave.",
    10: "Make it easy for small informal firms to become formal, and for families to save what migrants send home.",
    11: "Prepare for people uprooted by drought and storms: insure small harvests, plan ahead, and accept moving as "
    "one way to adapt.",
    12: "Tell a shared, fair story of migration and why cooperating pays, and help people settle, those who come back "
    "as well.",
}
