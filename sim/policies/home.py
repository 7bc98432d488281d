"""Instruments for households at home and after return: help, cash, insurance, firms, savings, loans, fees.

Each household programme reaches the same households in every month: those of its group whose fixed draw lies
below its share. Money lowers the wish to leave and raises the means to: declared signs say which is certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from sim.policies.base import DOSE, PEOPLE, Cost, Instrument, Made, common, number, who
from sim.policies.fields import Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TWO_SIGNS = "Money lowers the wish to leave and raises the means to: journeys may move either way."
HUNDRED = 100
"""Percentage points in a whole."""


class Reintegration(Instrument):
    """Help after return: how many get it, the value of the package, a job with it, and debt forgiven."""

    FIELDS: ClassVar = {
        "coverage": number("share", "returned people who get help; 0: as today", 0.0, 1),
        "package_usd": Field("number", "2021 US$", "value of the help; none: as today", high=20000),
        "debt_relief": Field("number", "share", "debt forgiven; none: as today", high=1),
        "job": number("share", "part of the income lost after return that a job makes good", 0.0, 1),
        "help_months": Field("whole", "months", "months during which help works; none: as today", low=1, high=60),
        **common(unit_cost=300, lag=0, targets=PEOPLE,
                 source="package 500-3,000 US$ per returnee, delivery on top: both assumed"),
    }  # fmt: skip
    MOVES: ClassVar = {"remigrate": -1, "helped": 1, "reintegration_spending": 1}
    WHY: ClassVar = "Cash and forgiven debt also make the next journey affordable: leaving again may rise with them."
    COST: ClassVar = Cost("person helped", "helped", ranges={"unit_cost_usd": (100, 600)})

    def apply(self, made: Made) -> None:
        """Raise coverage of the group; the package and the relief go with it."""
        import numpy as np

        from sim.state import RETURNED

        reach = self.reach(made)
        if not reach.any():
            return
        levers, on = made.levers, reach.any(axis=0)
        levers.help_more[:] = np.maximum(levers.help_more, reach)
        levers.who[RETURNED] = who(self.settings["target"])
        for name, series in (("package_usd", levers.package), ("debt_relief", levers.debt_relief)):
            if self.settings[name] is not None:
                series[on] = self.settings[name]
        levers.help_job[on] = self.settings["job"]
        if self.settings["help_months"] is not None:
            levers.help_months[on] = self.settings["help_months"]


class HouseholdProgramme(Instrument):
    """What reaches a share of a group of households month by month."""

    def enrol(self, made: Made, programme: int, **gets: float) -> None:
        """Reach the group, and set the levers of what those reached get in the months in which anybody is."""
        import numpy as np

        reach = self.reach(made)
        if not reach.any():
            return
        levers = made.levers
        levers.share[programme] = np.maximum(levers.share[programme], reach)
        levers.who[programme] = who(self.settings["target"])
        for name, value in gets.items():
            getattr(levers, name)[reach.any(axis=0)] = value


class CashTransfer(HouseholdProgramme):
    """A monthly cash transfer to households of a group."""

    FIELDS: ClassVar = {
        "coverage": number("share", "households of the group that get it", 0.0, 1),
        "usd_month": number("2021 US$ a month", "cash for a household", 40.0, 2000),
        **common(unit_cost=40, payer="origin_government", targets=PEOPLE,
                 source="cash of 15-40 US$ a month as in programmes of the region, delivery a tenth of it: assumed"),
    }  # fmt: skip
    MOVES: ClassVar = {"reached_cash": 1, "cash_transfers": 1, "household_income": 1, "aspiring": -1,
                       "depart_irregular": 0}  # fmt: skip
    WHY: ClassVar = (
        "Cash raised departures of those who could not pay by 38 % in the Comoros (Gazeaud et al. 2023); to others "
        "income at home is a reason to stay: journeys may move either way."
    )
    COST: ClassVar = Cost("household reached for a year", "reached_cash", ranges={"unit_cost_usd": (20, 80)})

    def apply(self, made: Made) -> None:
        """Pay the cash to the share reached."""
        from sim.state import CASH

        if self.settings["usd_month"] > 0:
            self.enrol(made, CASH, cash=self.settings["usd_month"])


class Insurance(HouseholdProgramme):
    """Index insurance of farm households: above its trigger it pays part of the loss to a drought.

    The index misses a household's loss of a year with the basis risk. The premium is paid from savings.
    """

    FIELDS: ClassVar = {
        "coverage": number("share", "farm households of the group that are insured", 0.0, 1),
        "paid_share": number("share", "part of the loss to a drought that it pays", 0.5, 1),
        "trigger_sd": number("SD", "dryness above which it pays", 1.0, 5),
        "premium_usd_month": number("2021 US$ a month", "premium of a household", 3.5, 100),
        "subsidy": number("share", "part of the premium that others pay", 0.75, 1),
        "basis_risk": number("share", "insured losses of a year that the index misses", 0.25, 1),
        **common(unit_cost=10, targets=PEOPLE, lag=6,
                 source="premium 20-60 US$ a year, half to all subsidised: assumed; the 24 % of rural migration that "
                        "harvest shocks explain (Halliday 2006) is a ceiling"),
    }  # fmt: skip
    MOVES: ClassVar = {
        "reached_insurance": 1, "insurance_premiums": 1, "insurance_subsidies": 1, "insurance_payouts": 1,
        "household_income": 1, "aspiring": -1, "depart_irregular": 0,
    }  # fmt: skip
    WHY: ClassVar = (
        "It pays in droughts only, and costs a premium in every month. Money lowers the wish to leave and raises the "
        "means to: journeys may move either way."
    )
    COST: ClassVar = Cost("household insured for a year", "reached_insurance", ranges={"unit_cost_usd": (5, 20)})

    def apply(self, made: Made) -> None:
        """Insure the share reached."""
        from sim.state import INSURANCE

        if self.settings["paid_share"] > 0:
            self.enrol(
                made, INSURANCE, insured=self.settings["paid_share"], trigger=self.settings["trigger_sd"],
                premium=self.settings["premium_usd_month"], subsidy=self.settings["subsidy"],
                basis_risk=self.settings["basis_risk"],
            )  # fmt: skip


class Formalisation(HouseholdProgramme):
    """Informal firms become formal ones, which earn more."""

    FIELDS: ClassVar = {
        "coverage": number("share", "households of the group with an informal firm that becomes formal", 0.0, 1),
        "income_gain": number("share", "income of a formal firm above that of an informal one", 0.1, 2),
        **common(unit_cost=70, payer="origin_government", lag=12, targets=PEOPLE,
                 source="200-500 US$ a firm, spread over five years; the gain: both assumed"),
    }  # fmt: skip
    MOVES: ClassVar = {"reached_formalisation": 1, "household_income": 1, "aspiring": -1, "depart_irregular": 0}
    WHY: ClassVar = TWO_SIGNS
    COST: ClassVar = Cost("firm reached for a year", "reached_formalisation", ranges={"unit_cost_usd": (40, 100)})

    def apply(self, made: Made) -> None:
        """Raise the income of the share reached."""
        import math

        from sim.state import FORMALISED

        if self.settings["income_gain"] > 0:
            self.enrol(made, FORMALISED, informal_gain=math.log1p(self.settings["income_gain"]))


class SavingsAccounts(HouseholdProgramme):
    """Savings accounts for households that receive remittances: they put more of their income aside."""

    FIELDS: ClassVar = {
        "coverage": number("share", "households of the group that save in one while they receive money", 0.0, 1),
        "saving_gain": number("share", "income put aside, more by", 0.5, 5),
        **common(unit_cost=7, lag=6, targets=PEOPLE,
                 source="savings of Salvadoran migrants +96 to +136 % in an early paper (Ashraf et al. 2009), of which "
                        "half is taken; 20-50 US$ an account, spread over five years: assumed"),
    }  # fmt: skip
    MOVES: ClassVar = {"reached_savings": 1, "depart_irregular": 0}
    WHY: ClassVar = "Savings can pay for a journey: they do not touch the wish to leave, and raise the means to."
    COST: ClassVar = Cost("account held for a year", "reached_savings", ranges={"unit_cost_usd": (4, 10)})

    def apply(self, made: Made) -> None:
        """Raise the saving rate of the share reached."""
        from sim.state import SAVERS

        if self.settings["saving_gain"] > 0:
            self.enrol(made, SAVERS, saving_gain=self.settings["saving_gain"])


class FairCredit(HouseholdProgramme):
    """Loans at fair interest in place of those of informal lenders."""

    FIELDS: ClassVar = {
        "coverage": number("share", "indebted households of the group with a fair loan", 0.0, 1),
        "interest_factor": number("ratio", "interest, times that of informal lenders", 0.5, 1),
        **common(unit_cost=20, lag=6, targets=PEOPLE,
                 source="informal lenders ask 1.5-3 % a month (recalled), cooperatives about half: assumed"),
    }  # fmt: skip
    MOVES: ClassVar = {"reached_loans": 1, "depart_irregular": 0}
    WHY: ClassVar = "Less debt leaves more to borrow for a journey, and fewer debts to pay by one."
    COST: ClassVar = Cost("loan held for a year", "reached_loans", ranges={"unit_cost_usd": (10, 40)})

    def apply(self, made: Made) -> None:
        """Lower the interest of the share reached."""
        from sim.state import LOANS

        if self.settings["interest_factor"] != 1:
            self.enrol(made, LOANS, credit=self.settings["interest_factor"])


class RemittanceFee(Instrument):
    """Cheaper transfers: less of what is sent stays on the way. The baseline receives what today's fee leaves."""

    FIELDS: ClassVar = {
        "fee_cut": number("percentage points", "taken off the fee, at most all of it", 0.0, 20),
        "fee_today": number("percentage points", "today's fee of what is sent", 4.0, 20),
        "coverage": number("share", "money sent the cheaper way", 1.0, 1),
        **common(unit_cost=1e6, payer="origin_government", lag=6, targets=("countries",),
                 source="fees of 3-5 % from the United States, recalled; cost of the reform assumed"),
    }  # fmt: skip
    MOVES: ClassVar = {"remittances": 1, "household_income": 1, "depart_irregular": 0}
    WHY: ClassVar = TWO_SIGNS
    COST: ClassVar = Cost("country and year of the reform", DOSE, ranges={"unit_cost_usd": (3e5, 3e6)})

    def apply(self, made: Made) -> None:
        """Raise what arrives of each US$ that arrives today."""
        fee, cut = self.settings["fee_today"], min(self.settings["fee_cut"], self.settings["fee_today"])
        if cut > 0:
            gain = self.settings["coverage"] * cut / (HUNDRED - fee)
            factor = 1 + gain * made.countries(self.settings["target"])[:, None] * self.strength(made)
            made.levers.remit_kept[:] *= factor.astype("float32")

    def dose(self, made: Made) -> NDArray[np.float64]:
        """Return (276,) countries in which fees are cut, in years."""
        return self.country_years(made) * (self.settings["fee_cut"] > 0)


HOME: Mapping[str, type[Instrument]] = {
    "reintegration": Reintegration,
    "cash_transfer": CashTransfer,
    "insurance": Insurance,
    "formalisation": Formalisation,
    "savings_accounts": SavingsAccounts,
    "fair_credit": FairCredit,
    "remittance_fee": RemittanceFee,
}
"""By name in a scenario file."""
