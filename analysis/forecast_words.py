"""What docs/forecast.md says beside its tables: what was known, how a forecast is made, who the rivals are."""

from __future__ import annotations

from typing import Final

METHOD: Final = """## How

**What is forecast.** Arrests by the US Border Patrol by country and month, on the log: being off by half counts the
same in El Salvador as in Guatemala. CRPS is the mean distance between forecast and count, less half the mean distance
within the forecast; for a single number it is the absolute error.

**What was known.** Parameters and intercepts of the members rest on fiscal years 2014-19, for every origin: an origin
of 2015 is "true" for drivers, places, border and level, not for behaviour. Nothing counted after September 2019 sets
anything, in any forecast here. With `drivers.known_until` at the origin all series end there (violence, rain,
disasters, tightness, wages, income, coffee, governance, closure, season, outcomes at the border, removals in Mexico,
places of programmes), and the same projection as for the years after the record goes on: blocks of years drawn from
those before the origin, the border's last twelve months, the last whole year's places. Years count once they are
over; delays of publication are not taken off. A test changes every later figure and finds each driver the same.

**Level and discrepancy.** The intercepts give each member the sum of FY2014-19, which an origin in 2015 cannot know.
So the level is always set anew from counts to the origin, by an error model: ln observed - ln simulated = b + AR(1).
All of it (level, persistence, size) is learned from the months before the origin, persistence summed over a grid, the
rest in closed form (Student's t); its innovations hold the noise of recording too. *Simulator* is the mixture over
members, each with a future of the drivers and an error model of its own. *Simulator, raw* is what the members say by
themselves: each moved by its mean error over the last twelve months, with the noise of recording
(`observation.sigma`), no discrepancy. The form was chosen on months to September 2019, drivers known, 1 to 24 months
ahead, with a provisional ensemble: mean CRPS .32, against .34 to .36 where the level wanders without end and .35 to .36
for the mean error of the last 12 or 24 months. FY2021 was looked at while this was built: no number was set by it, and
the form was kept though the raw one, which takes its level from the last year, did better there; but that there is a
widening at all was decided after first scores, those of FY2021 among them, had been seen.

**Widening.** A distribution is stretched around its median by the root mean square of the normal scores of *earlier*
forecasts of its kind (projected: the same horizon; known drivers: up to a year, or more) whose months had been
counted by its origin, all countries together, if above one; twelve scores of just the right size are put in
beforehand.

**Rivals.** *Persistence*: the last month. *Seasonal naive*: the last such month of the year that was known. Both with
a t whose scale is the root mean square of past changes over the same number of months. *Regression*: ln encounters on
ln tightness and the month of the year, with its exact predictive t; in a true forecast its tightness is the same
projection as the simulator's. *Regression + AR(1)* has the simulator's error model on top. *Widened* rivals are
stretched as the simulator is; regression + AR(1) always is. Aims are held against the rivals as fitted; the widened
ones are the stricter test."""

HINDCAST: Final = """Counts to September 2019, so 13 to 24 months ahead; everything else as it was: tightness, storms,
lockdowns, outcomes at the border. *error*: mean absolute error of the median, pooled; *in 50 %*, *in 90 %*: share of
months within the interval, pooled. Seasonal naive says here that FY2019 comes again, which was a lucky guess: from
FY2020, the year before, its error is 1.8 to 1.9."""

FORECAST: Final = """{n} origins, {first} to {last}; each member with a future of its own. Twelve and twenty-four
months ahead reach into the pandemic from the last origins, which no forecast could see."""

JUDGED: Final = """## Later counts

`pathways validate --observed FILE` scores any counts from October 2019 to December 2025 with the hindcast above:
trained to September 2019, drivers as they were (on record to September 2025, outcomes at the border to August 2024,
`border.regime` after). The file has columns month (YYYY-MM), country (SLV, GTM, HND), measure (`encounters_usbp`, or
one party: `encounters_usbp_single_adult`, `encounters_usbp_family_unit`, `encounters_usbp_unaccompanied_child`) and
encounters. Wrong months, countries, measures, negative counts and rows given twice are refused by row and column, all
at once, with exit status 2. `--json` gives each month with its quantiles (5, 25, 50, 75, 95 %).
Counts after September 2021 are scored a second time as *simulator, honest width*: as wide as the misses of
October 2020 - September 2021 ask for, which sets widths only, no level."""
