"""A forecast rests on nothing after its origin, rivals are what they say, and scores are right."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from analysis import error_model, forecast_page, forecast_runs, forecast_text, rivals, scoring
from analysis.forecast import ORIGINS, Ask
from analysis.forecast_page import DOCS, KEPT, OPEN, PAGE, ROOT, page, read_kept, readme_line, write_pages
from analysis.forecast_runs import Asked, live
from analysis.predict import METHODS, N_DRAWS, SIMULATOR, WHERE, Known
from analysis.scoring import FORECAST, ROLLING, STRICTER, Case
from sim.cli import main
from sim.codes import COUNTRIES, N_MONTHS, PARTIES, month_index, month_name
from sim.config import Config, default_config
from sim.data.loader import Data, load
from sim.errors import RequestError
from sim.programmes import load_programmes
from sim.schedule import Schedule
from sim.world.border import build_border
from sim.world.drivers import build_drivers
from sim.world.known import LEVELS, as_known

LAST = 80


def altered_after(last: int, folder: Path) -> Data:
    """Return the figures with every series otherwise after a month, and every year that was not over by then."""
    data, end = load(), month_name(last)
    out = Data.__new__(Data)
    out.__dict__.update(data.__dict__)
    out._month = {k: {m: v if m <= end else 1.4 * v + 1 for m, v in s.items()} for k, s in data._month.items()}
    out._border = {k: {m: v if m <= end else v / 2 for m, v in s.items()} for k, s in data._border.items()}
    fiscal = {v: data.rule("country_year", v)["period"] == "US fiscal year" for v in data.variables("country_year")}
    out._year = {
        (name, area): {
            year: v if name in LEVELS or f"{year}-{'09' if fiscal[name] else '12'}" <= end else 1.4 * v + 1
            for year, v in years.items()
        }
        for (name, area), years in data._year.items()
    }
    rows = data.rows("places")
    for row in rows:
        if f"{row['year']}-{'09' if row['year_type'] == 'fiscal' else '12'}" > end:
            row["value"] = "7"
    with (folder / "places.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    out.folder = folder
    return out


@pytest.mark.parametrize("origin", ["2014-12", "2016-06", "2019-09"])
def test_no_driver_border_or_place_of_a_forecast_rests_on_what_was_counted_after_its_origin(
    origin: str, tmp_path: Path
) -> None:
    config = default_config(drivers__known_until=origin, seed=3)
    worlds = []
    for data in (load(), altered_after(month_index(origin), tmp_path)):
        parts = {**vars(build_drivers(config, data)), **vars(build_border(config, data))}
        parts["places"] = Schedule.load(load_programmes(config, load()), as_known(config, data)).months
        worlds.append(parts)
    for name, values in worlds[0].items():
        assert np.array_equal(np.array(values), np.array(worlds[1][name]), equal_nan=name == "party_mix"), name
        assert name == "party_mix" or not isinstance(values, np.ndarray) or np.isfinite(values).all(), name


def test_what_is_known_by_default_is_everything_and_too_early_a_month_is_refused() -> None:
    assert as_known(default_config(), load()) is load()
    with pytest.raises(RequestError, match="2014-12"):
        as_known(default_config(drivers__known_until="2014-06"), load())


def test_drivers_up_to_the_origin_are_those_on_record() -> None:
    data = load()
    whole = build_drivers(default_config(), data)
    cut = build_drivers(default_config(drivers__known_until="2018-12"), data)
    last = month_index("2018-12")
    change = [np.diff(d.ln_tightness[: last + 1].astype(float)) for d in (whole, cut)]
    assert np.allclose(*change, atol=1e-6)
    assert cut.observed_until["ln_tightness"] == last
    border = build_border(default_config(drivers__known_until="2018-12"), data)
    assert np.allclose(border.released[..., last + 1], border.released[..., last - 11 : last + 1].mean(-1), atol=1e-6)


def made_series(seed: int = 1, n: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ln observed (N_MONTHS,), ln simulated (n, N_MONTHS) and ln tightness (1, N_MONTHS)."""
    noise = np.random.default_rng(seed)
    tightness = np.cumsum(noise.normal(0, 0.05, N_MONTHS))
    observed = 9 + tightness + noise.normal(0, 0.2, N_MONTHS)
    observed[:9] = np.nan
    return observed, 8 + tightness + noise.normal(0, 0.05, (n, N_MONTHS)), tightness[None]


def test_a_forecast_is_the_same_whatever_was_counted_after_its_origin() -> None:
    observed, simulated, tightness = made_series()
    otherwise = np.where(np.arange(N_MONTHS) > LAST, 2 * observed, observed)
    months = [LAST + 1, LAST + 12]
    one, other = (Known.at(LAST, o, simulated, tightness, 0.2).distributions(months) for o in (observed, otherwise))
    assert set(one) == set(METHODS)
    assert all(np.array_equal(one[name], other[name]) for name in METHODS)
    with pytest.raises(ValueError, match="gaps"):
        Known.at(LAST, np.where(np.arange(N_MONTHS) == 40, np.nan, observed), simulated, tightness, 0.2)


def test_the_level_of_members_makes_no_difference() -> None:
    observed, simulated, tightness = made_series()
    months = [LAST + 6]
    one, other = (
        Known.at(LAST, observed, s, tightness, 0.2).distributions(months)[SIMULATOR] for s in (simulated, simulated + 1)
    )
    assert np.median(one) == pytest.approx(np.median(other), abs=0.05)


def test_errors_that_persist_are_told_from_errors_that_do_not() -> None:
    noise = np.random.default_rng(2)
    steady = 0.7 + noise.normal(0, 0.1, 72)
    wandering = np.zeros(72)
    for k in range(1, 72):
        wandering[k] = 0.95 * wandering[k - 1] + noise.normal(0, 0.1)
    first, second = error_model.fit(steady), error_model.fit(wandering)
    assert (first.weight * error_model.PHI).sum() < 0.35 < 0.75 < (second.weight * error_model.PHI).sum()
    draws = first.draws(12, WHERE, WHERE[::-1])
    assert np.median(draws) == pytest.approx(0.7, abs=0.05)
    assert second.draws(24, WHERE[::-1], WHERE).std() > 1.5 * second.draws(1, WHERE[::-1], WHERE).std()
    with pytest.raises(ValueError, match="finite"):
        error_model.fit(np.array([np.nan]))


def test_rivals_say_what_their_names_say() -> None:
    months = np.arange(72)
    season = np.tile(np.arange(12.0), 6)
    assert rivals.persistence(season, 5).centre == 11
    assert [rivals.seasonal_naive(season, ahead).centre for ahead in (1, 12, 13, 24)] == [0, 11, 0, 11]
    assert rivals.seasonal_naive(season, 12).scale == 0
    walk = np.cumsum(np.random.default_rng(3).normal(0, 0.3, 4000))
    assert rivals.persistence(walk, 16).scale == pytest.approx(1.2, rel=0.15)
    assert rivals.spread_of_change(np.arange(15.0), 12) == (pytest.approx(3 * 2.0), 12)
    tightness = np.sin(months / 9)
    fitted = rivals.regress(4 + 0.8 * tightness + 0.1 * season, tightness, months)
    assert fitted.of(0.5, 75).centre == pytest.approx(4 + 0.4 + 0.3, abs=0.05)
    assert fitted.of(5.0, 75).scale > fitted.of(0.5, 75).scale


def case(draws: np.ndarray, observed: float, month: int = 90, origin: int = 78, method: str = SIMULATOR,
         kind: str = FORECAST) -> Case:  # fmt: skip
    return Case(kind, origin, month, COUNTRIES[0], "", method, observed, np.sort(draws))


def test_scores_are_those_of_the_closed_form() -> None:
    draws = 2 + 0.5 * norm.ppf((np.arange(N_DRAWS) + 0.5) / N_DRAWS)
    for observed in (1.0, 2.0, 3.2):
        z = (observed - 2) / 0.5
        closed = 0.5 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
        (one,) = scoring.score([case(draws, observed)])
        assert one.crps == pytest.approx(closed, rel=2e-3)
        assert one.error == pytest.approx(abs(observed - 2), abs=1e-6)
        assert one.case.pit == pytest.approx(norm.cdf(z), abs=1e-3)
    assert scoring.score([]) == []


def test_a_forecast_is_widened_only_by_misses_counted_before_its_origin() -> None:
    draws = norm.ppf((np.arange(N_DRAWS) + 0.5) / N_DRAWS)
    missed = [case(draws, 3.0, month=20 + k, origin=8 + k) for k in range(12)]
    later, early = case(draws, 0.0, month=60, origin=48), case(draws, 0.0, month=34, origin=19)
    factors = [factor for _, factor in scoring.widened([*missed, later])]
    assert factors[:12] == [1.0] * 12
    assert factors[-1] == pytest.approx(np.sqrt((12 + 12 * 9) / 24), rel=0.02)
    assert scoring.widened([*missed, early])[-1][1] == 1.0
    other = case(draws, 0.0, month=60, origin=48, kind=ROLLING)
    assert scoring.widened([*missed, other])[-1][1] == 1.0  # known drivers learn from known drivers
    rival = scoring.widened([case(draws, 0.0, method=next(iter(STRICTER)))])
    assert [found.method for found, _ in rival] == [next(iter(STRICTER)), STRICTER[next(iter(STRICTER))]]


def test_directions_and_turning_points_are_counted() -> None:
    observed = {country: np.abs(np.arange(N_MONTHS) - 84.0) for country in COUNTRIES}
    draws = np.linspace(-1, 1, 11)
    scores = scoring.score([case(draws + 9, 12.0, month=96, origin=84), case(draws + 2, 2.0, month=86, origin=74)])
    told = scoring.turns(scores, observed, 12, path=False)[SIMULATOR]
    assert told == {"n": 2, "right": 2, "turns": 1, "turns_right": 1}


class FakeRecord:
    """A record of ten encounters a month in each department of a country and party."""

    def __init__(self, config: Config) -> None:
        self.first, self.last = month_index(config["run.start"]), month_index(config["run.end"])

    def flow_columns(self) -> dict[str, object]:
        from sim.results import Labels, dates_of

        n = len(COUNTRIES) * len(PARTIES)
        months = np.repeat(np.arange(self.first, self.last + 1), n)
        codes = np.tile(np.arange(n), self.last + 1 - self.first)
        flow = Labels(("death", "encounter_us"), np.ones(len(months), np.int64))
        return {
            "month": dates_of(months), "flow": flow, "country": Labels(COUNTRIES, codes // len(PARTIES)),
            "party": Labels((*PARTIES, ""), codes % len(PARTIES)), "people": np.full(len(months), 10),
        }  # fmt: skip


@pytest.fixture
def lives(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    lived: list[int] = []

    def beside(configs: list[Config], workers: int = 0) -> list[FakeRecord]:
        lived.append(len(configs))
        return [FakeRecord(config) for config in configs]

    monkeypatch.setattr(forecast_runs, "live_beside", beside)
    return lived


def test_runs_are_lived_once_and_what_was_broken_off_goes_on(
    tmp_path: Path, lives: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [Asked(None, seed, "2016-03") for seed in range(1, 11)]
    tables = live(asked, folder=tmp_path)
    assert lives == [8, 2]
    assert tables[0][month_index("2018-03")].tolist() == [[10.0] * 3] * 3
    assert np.isnan(tables[0][month_index("2018-04")]).all()
    next(iter(sorted(tmp_path.glob("*.csv")))).unlink()
    again = live(asked, folder=tmp_path)
    assert lives == [8, 2, 1]
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(tables, again, strict=True))
    assert asked[0].config()["drivers.known_until"] == "2016-03"
    assert Asked(None, 1).config()["drivers.known_until"] == default_config()["drivers.known_until"]
    next(iter(sorted(tmp_path.glob("*.csv")))).write_text("month\n2013-10\n", encoding="utf-8")
    with pytest.raises(RequestError, match="damaged"):
        live(asked, folder=tmp_path)


def test_each_run_of_an_origin_has_a_member_and_a_future_of_its_own() -> None:
    runs = Ask(4, 2).runs(ORIGINS[0])
    assert len({run.seed for run in runs}) == len(runs) == 8
    assert len({run.member for run in runs}) == 4
    assert Ask(0).runs() == [Asked(None, 1)]


def test_the_page_and_the_readme_are_those_of_the_scores_kept(tmp_path: Path) -> None:
    found = read_kept(DOCS / KEPT)
    assert page(found) == (DOCS / PAGE).read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme_line(found) in readme, "uv run python -m analysis.forecast_page --pages"
    assert readme.index(OPEN) < readme.index("## Five minutes"), "misses belong on the first screen"


def test_pages_are_written_from_what_is_kept(tmp_path: Path) -> None:
    found = read_kept(DOCS / KEPT)
    readme = tmp_path / "README.md"
    readme.write_text(f"a\n{OPEN}\n{forecast_page.CLOSE}\nb\n", encoding="utf-8")
    written = write_pages(found, tmp_path, readme)
    assert sorted(path.suffix for path in written) == [".md", ".md", ".png", ".png", ".png", ".png"]
    assert readme.read_text(encoding="utf-8").endswith("\nb\n")


def test_the_terminal_says_first_whom_the_simulator_lost_to(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read_kept(DOCS / KEPT)
    told = forecast_text.text_of_hindcast(found["hindcast"])
    for name in forecast_text.losses(found["hindcast"]["table"]):
        assert name in told
    assert "12 months ahead" in forecast_text.text_of_forecast(found["forecast"])


def test_what_is_asked_wrongly_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate"]) == 2
    assert main(["validate", "hindcas"]) == 2
    assert "did you mean 'hindcast'" in capsys.readouterr().err
    assert main(["validate", "forecast", "--observed", "x.csv"]) == 2
    assert main(["validate", "--observed", "no_such_file.csv"]) == 2
    assert "no_such_file.csv" in capsys.readouterr().err


def test_kept_scores_hold_no_more_than_numbers_and_names() -> None:
    text = (DOCS / KEPT).read_text(encoding="utf-8")
    assert "NaN" not in text
    assert set(json.loads(text)) == {"made", "hindcast", "forecast"}
