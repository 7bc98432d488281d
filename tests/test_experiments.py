"""Natural experiments: declared whole, lived the same together and alone, told on a page that is fresh."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import analysis.experiments
from analysis.effects import WAYS, Seen, extra_homicides, farm_departments
from analysis.experiment_list import EXPERIMENTS, REFERENCES
from analysis.experiments import fitted, held_out, live_experiments, world_of
from analysis.experiments_page import DOCS, TABLE, Pass, chance_error, experiments_report, read_table, write_table
from analysis.experiments_text import PAGE, lines_of, page_text
from analysis.level import LAST_FITTED, to_2019
from analysis.recorded import Months, people
from analysis.retraced import retraced
from sim.codes import COUNTRIES, FLOWS, PARTIES, SINGLE_ADULT, month_index
from sim.compose import compose
from sim.errors import RequestError
from sim.model import MigrationModel
from sim.scenarios import find_scenarios, is_natural, read_scenario

CONFIG = compose(["population.share=0.002", "run.threads=1"])
SOME = ("tightness", "enforcement_price", "cash")
NATURAL = {name: read_scenario(path) for name, path in find_scenarios().items() if is_natural(name)}


@pytest.fixture(scope="module")
def base() -> MigrationModel:
    return MigrationModel(to_2019(CONFIG))


@pytest.fixture(scope="module")
def together(base: MigrationModel) -> dict[str, float]:
    return live_experiments(CONFIG, fitted(), base)


def test_every_natural_scenario_belongs_to_an_experiment_and_the_other_way_round() -> None:
    used = {name for one in EXPERIMENTS.values() for name in (one.scenario, one.reference)} - {""}
    assert used == set(NATURAL)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_is_declared_whole(name: str) -> None:
    one = EXPERIMENTS[name]
    assert one.name == name
    assert one.low < one.high
    assert np.isnan(one.value) or one.accepts(one.value)
    assert one.grade in "VDA"
    assert one.source in REFERENCES
    assert one.what


def test_what_may_be_fitted_to_lies_before_october_2019() -> None:
    last = month_index(LAST_FITTED)
    for name in fitted():
        one = EXPERIMENTS[name]
        assert one.last <= last, name
        for scenario in {one.scenario, one.reference} - {""}:
            assert all(month_index(policy["end"]) <= last for policy in NATURAL[scenario].policies.values()), scenario


def test_what_is_held_out_is_told_apart_by_its_target() -> None:
    assert set(fitted()) | set(held_out()) == set(EXPERIMENTS)
    assert {EXPERIMENTS[name].target[0] for name in held_out()} == {"H"}
    assert not [name for name in fitted() if EXPERIMENTS[name].target.startswith("H")]


def test_every_effect_comes_out_as_a_number(together: dict[str, float]) -> None:
    assert set(together) == set(fitted())
    assert all(np.isfinite(value) for value in together.values())


def test_an_experiment_alone_gives_what_it_gives_with_others(together: dict[str, float], base: MigrationModel) -> None:
    for name in SOME:
        assert live_experiments(CONFIG, [name], base) == {name: together[name]}


def test_a_forked_world_gives_what_it_gives_lived_alone(together: dict[str, float]) -> None:
    config = to_2019(CONFIG).replace(run__threads=1)
    one = EXPERIMENTS["tightness"]
    worlds = []
    for made in (config, world_of(one.scenario, one, config)):
        model = MigrationModel(made)
        while model.month < one.last:
            model.step()
        worlds.append(Seen(model))
    assert one.effect(*worlds) == together["tightness"]


def test_parameters_reach_the_effects(together: dict[str, float], base: MigrationModel) -> None:
    dull = live_experiments(CONFIG.replace(feedbacks__e_C=0.0), ["enforcement_price"], base)
    assert abs(dull["enforcement_price"]) < 1 < together["enforcement_price"]


def test_a_world_in_which_nothing_is_done_has_no_effect(base: MigrationModel, monkeypatch: Any) -> None:
    monkeypatch.setattr(analysis.experiments, "_scenario", lambda name: ({}, {}, "Nothing"))
    found = live_experiments(CONFIG, ["dryness", "shocks", "enforcement_price", "enforcement_flow", "cash"], base)
    assert {name: abs(value) for name, value in found.items()} == dict.fromkeys(found, 0)


def test_sanctions_keep_the_published_part_of_those_who_would_try_again() -> None:
    one = EXPERIMENTS["sanctions"]
    central = world_of(one.scenario, one, CONFIG).policies["consequence"]["gives_up_more"]
    assert central == pytest.approx(NATURAL["natural_sanctions"].policies["consequence"]["gives_up_more"], abs=1e-3)
    firm = world_of(one.scenario, one, CONFIG.replace(border__p_det_expelled=0.7)).policies
    assert firm["consequence"]["gives_up_more"] == pytest.approx(central / 2)
    for name in ("natural_sent_back", "natural_sanctions"):
        assert NATURAL[name].policies["border_outcomes"] == NATURAL["natural_sent_back"].policies["border_outcomes"]


def test_what_watches_the_baseline_sees_every_month_of_it(base: MigrationModel) -> None:
    seen: list[int] = []
    live_experiments(CONFIG, ["again_from_home"], base, watch=lambda model: seen.append(model.month))
    assert seen == list(range(month_index(LAST_FITTED) + 1))


@pytest.mark.parametrize(
    ("names", "said"), [(["drynes"], "did you mean 'dryness'"), ([], "no experiment is named")]
)
def test_an_experiment_that_there_is_not_is_refused(names: list[str], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        live_experiments(CONFIG, names)


def test_a_base_of_other_dates_is_refused(base: MigrationModel) -> None:
    with pytest.raises(RequestError, match=r"run\.end=2024-12"):
        live_experiments(CONFIG, held_out(), base)


def test_a_journey_travelled_again_is_the_one_that_was_lived() -> None:
    nobody = {f"party__asc_child__{country}": -8.0 for country in COUNTRIES}
    config = to_2019(CONFIG).replace(**nobody, run__end="2014-12", run__start="2013-01")
    model = MigrationModel(config)
    counted, again = 0, 0
    for _ in range(24):
        model.step()
        H = model.engine.columns
        events = model.record.tallies(model.month, model.month)[0].events
        met = (events["flow"] == FLOWS.index("encounter_us")) & (events["party"] == SINGLE_ADULT)
        counted += int(events["people"][met].sum())
        for code, own in WAYS.items():
            rows = np.flatnonzero((H.went == code) & (H.went_people == 1))
            again += int(retraced(model, model.month, rows, bool(own))[1] @ H.weight[rows].astype(np.int64))
    assert counted > 0
    children = people(model.record, "depart_irregular", Months("2013-01", "2014-12"), party=PARTIES[2])
    assert again - counted == pytest.approx(0, abs=2 * children)


def test_homicides_are_counted_by_what_rates_say(base: MigrationModel) -> None:
    one = EXPERIMENTS["children"]
    world = MigrationModel(world_of(one.scenario, one, to_2019(CONFIG)), base)
    extra = extra_homicides(Seen(base), Seen(world), one.measured)
    assert 25_000 < extra.sum() < 50_000  # half of some 72,000 in six years (UNODC 2013-19)
    assert 30 <= farm_departments(base).sum() <= 34


# The page


def test_the_page_is_what_the_table_on_record_says() -> None:
    passes = read_table()
    assert all(set(one.effects) == set(EXPERIMENTS) for one in passes)
    assert (DOCS / PAGE).read_text(encoding="utf-8") == page_text(passes), "python -m analysis.experiments_page pages"
    assert (DOCS / "figures" / "natural-experiments.png").exists()


def test_chance_is_told_of_every_effect_and_falls_with_the_share() -> None:
    wide, narrow = chance_error(0.02), chance_error(0.08)
    assert set(wide) == set(EXPERIMENTS)
    assert all(wide[name] == pytest.approx(2 * narrow[name]) for name in wide)
    assert all(value > 0 for value in wide.values())


def test_a_table_comes_back_as_it_was_written(tmp_path: Any) -> None:
    passes = [Pass(None, 1, 0.02, {"cash": 1.5}), Pass(3, 2, 0.02, {"cash": -0.25})]
    write_table(passes, tmp_path / "table.csv")
    assert read_table(tmp_path / "table.csv") == passes
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RequestError, match="columns"):
        read_table(tmp_path / "other.csv")


def test_a_row_is_judged_by_its_median_and_counts_the_members_inside() -> None:
    low, high = {name: one.low for name, one in EXPERIMENTS.items()}, {n: one.high for n, one in EXPERIMENTS.items()}
    beyond = {name: value + 1 for name, value in high.items()}
    passes = [Pass(None, 1, 0.02, low), Pass(None, 2, 0.02, high), *(Pass(k, 1, 0.02, beyond) for k in range(20))]
    assert {line.verdict for line in lines_of(passes)} == {"MISS"}
    assert {line.within for line in lines_of(passes)} == {0.0}
    passes[2:] = [dataclasses.replace(one, effects=high) for one in passes[2:]]
    assert {line.verdict for line in lines_of(passes)} == {"inside"}


def test_a_pass_that_is_kept_is_not_lived_again(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    lived: list[str] = []

    def live(config: Any, names: Any, base: Any) -> dict[str, float]:
        lived.append(config["seed"])
        return dict.fromkeys(EXPERIMENTS, 1.0)

    monkeypatch.setattr("analysis.experiments_page.live_experiments", live)
    monkeypatch.setattr("analysis.experiments_page.MigrationModel", lambda config: None)
    first = experiments_report([None], (1, 2), 0.002)
    assert experiments_report([None], (1, 2, 3), 0.002)[:2] == first
    assert lived == [1, 2, 3]
    assert TABLE.name not in [path.name for path in tmp_path.iterdir()]
