"""Instruments for households at home and after return, in plain words."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

HOME: Final = {
    "reintegration": Told(
        "help after return",
        "how many go without help today: 72.5% of those returned to Honduras in 2019",
        "whether help keeps people from leaving again: no causal estimate exists, and the effect assumed may also be "
        "zero or against it",
        {
            "coverage": "{value} of those who return get help.",
            "package_usd": "The help is worth {value} to a household.",
            "debt_relief": "{value} of their debt is forgiven.",
            "job": "A job makes good {value} of the income that is lost after a return.",
            "help_months": "Help works for {value}.",
        },
    ),
    "cash_transfer": Told(
        "cash for households",
        "a trial in the Comoros, where cash raised departures by 38%, and reviews that find effects of both signs",
        "which of the two signs wins in these three countries, and for whom",
        {
            "coverage": "{value} of the households of the group get it.",
            "usd_month": "A household gets {value}.",
        },
        ("usd_month",),
    ),
    "insurance": Told(
        "insurance against drought",
        "shocks to the harvest explain about 24% of rural migration from El Salvador, which is a ceiling; payouts in "
        "Mexico raised income and the land that was sown",
        "how many would take it up, and how often the index misses a loss",
        {
            "coverage": "{value} of the farm households of the group are insured.",
            "paid_share": "It pays {value} of the loss to a drought.",
            "trigger_sd": "It pays when the growing season is drier than usual by more than {value}.",
            "premium_usd_month": "The premium is {value} for a household.",
            "subsidy": "Others pay {value} of the premium.",
            "basis_risk": "In a given year the index misses {value} of the losses that are insured.",
        },
        ("paid_share", "trigger_sd", "premium_usd_month", "subsidy", "basis_risk"),
    ),
    "formalisation": Told(
        "informal firms become formal",
        "nothing that is measured in these countries",
        "how much more a firm earns once it is formal",
        {
            "coverage": "{value} of the households of the group that have an informal firm see it become formal.",
            "income_gain": "A formal firm earns {value} more than an informal one.",
        },
        ("income_gain",),
    ),
    "savings_accounts": Told(
        "savings accounts for remittances",
        "a trial with migrants from El Salvador, of whose first results half is taken",
        "whether the savings end up paying for journeys",
        {
            "coverage": "{value} of the households of the group save in such an account while they receive money.",
            "saving_gain": "They put aside {value} more than before.",
        },
        ("saving_gain",),
    ),
    "fair_credit": Told(
        "loans at fair interest",
        "nothing that is measured: interest rates are recalled or assumed",
        "whether cheaper loans pay for journeys or make them needless",
        {
            "coverage": "{value} of the indebted households of the group get a fair loan.",
            "interest_factor": "Its interest is {value} times that of informal lenders.",
        },
        ("interest_factor",),
    ),
    "remittance_fee": Told(
        "cheaper remittances",
        "fees of 3 to 5% for money sent from the United States, recalled and not read again",
        "what households do with the money that arrives on top",
        {
            "fee_cut": "The fee falls by {value} of what is sent.",
            "fee_today": "Today it is {value}.",
            "coverage": "{value} of the money is sent the cheaper way.",
        },
        ("fee_today",),
    ),
}
