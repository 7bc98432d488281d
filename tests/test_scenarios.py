"""A configuration is what was asked for, or one line for each thing that is wrong with the request."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sim import yamlfile
from sim.compose import compose
from sim.config import default_config
from sim.errors import RequestError
from sim.results import identity
from sim.scenarios import find_scenarios, read_scenario, shipped
from sim.study import as_baseline, run_folder

LABOUR = "scenarios=labour_visas_50k"


def problems(*overrides: str) -> list[str]:
    with pytest.raises(RequestError) as caught:
        compose(overrides)
    return str(caught.value).splitlines()


def written(folder: Path, name: str, text: str) -> str:
    """Write an own scenario into ./scenarios and return the override that chooses it."""
    (folder / "scenarios").mkdir(exist_ok=True)
    (folder / "scenarios" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return f"scenarios={name}"


def test_the_default_configuration_is_the_parameter_table() -> None:
    assert compose() == default_config()


def test_composing_leaves_nothing_behind() -> None:
    first = compose([LABOUR, "seed=7"])
    assert compose() == default_config()
    assert compose([LABOUR, "seed=7"]) == first


@pytest.mark.parametrize("name", find_scenarios())
def test_every_shipped_scenario_composes_and_asks_a_question(name: str) -> None:
    config = compose([f"scenarios={name}"])
    scenario = read_scenario(find_scenarios()[name])
    assert config.scenarios == (name,)
    assert scenario.question.endswith("?") or "?" in scenario.question
    assert len(find_scenarios()[name].read_text(encoding="utf-8").splitlines()) <= 20


def test_labour_visas_offer_fifty_thousand_places_in_two_years() -> None:
    policy = compose([LABOUR]).policies["labour_places"]
    assert sum(policy["places_per_year"].values()) * policy["duration_months"] / 12 == 50_000


def test_the_null_policy_holds_every_instrument() -> None:
    from sim.policies import INSTRUMENTS

    assert set(compose(["scenarios=null_policy"]).policies) == set(INSTRUMENTS)


def test_a_policy_setting_is_overridden_by_its_path() -> None:
    config = compose([LABOUR, "policies.labour_places.start=2027-01"])
    assert config.policies["labour_places"]["start"] == "2027-01"


def test_months_stay_text_and_integers_integers() -> None:
    config = compose(["run.start=2014-10", "population.share=1", "seed=1e3"])
    assert (config["run.start"], config["population.share"], config["seed"]) == ("2014-10", 1.0, 1000)
    assert isinstance(config["population.share"], float)
    assert isinstance(config["seed"], int)


def test_scenarios_stack_and_their_titles_are_joined() -> None:
    config = compose(["scenarios=[labour_visas_50k,reintegration_boost]"])
    assert set(config.policies) == {"labour_places", "reintegration"}
    assert config.title == "Fifty thousand more labour places + Reintegration for eight in ten returnees"


def test_the_baseline_adds_nothing_to_a_stack() -> None:
    assert compose(["scenarios=[baseline,labour_visas_50k]"]) == compose([LABOUR])


def test_two_that_set_the_same_policy_clash_and_are_named() -> None:
    (problem,) = problems("scenarios=[enforcement_only,null_policy]")
    assert "enforcement_only.yaml" in problem
    assert "null_policy.yaml" in problem
    assert "policies.enforcement" in problem


def test_two_that_set_the_same_parameter_clash() -> None:
    (problem,) = problems("scenarios=[border_restrictive,border_open_2019]")
    assert "settings.border.regime" in problem


@pytest.mark.parametrize("regime", ["last_12_observed", "restrictive", "open_2019"])
def test_a_border_regime_is_chosen_by_group_or_by_scenario(regime: str) -> None:
    assert compose([f"border={regime}"])["border.regime"] == regime
    assert compose([f"scenarios=border_{regime}"])["border.regime"] == regime


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("scenarios=labor_visas_50k", "did you mean 'labour_visas_50k'"),
        ("run.strat=2014-01", "did you mean 'run.start'"),
        ("border=restrictiv", "did you mean 'restrictive'"),
        ("engine=colums", "did you mean 'columns'"),
        ("seed=abc", "seed: 'abc' is not a number"),
        ("seed=-1", "seed: -1 is out of range"),
        ("seed=nan", "seed: nan is not a number"),
        ("seed=1.5", "seed: 1.5 is not a whole number"),
        ("seed=true", "seed: True is not a number"),
        ("seed={a: 1}", "seed: {'a': 1} is not a number"),
        ("population.share=inf", "inf is not a number"),
        ("population.share=2", "2 is out of range"),
        ("run.start=2012-12", "is not a month"),
        ("run.start=2014", "is not a month"),
        ("run.start=2014-13", "is not a month"),
        ("run.end=2036-01", "is not a month"),
        ("run.end=2013-01", "is before run.start"),
        ("seed", "cannot be read as key=value"),
        ("seed=1,2", "a run takes one value"),
        ("scenarios=a,b", "scenarios=[a,b] stacks"),
        ("scenarios=null", "needs a name"),
        ("~seed", "nothing can be removed"),
        ("+scenarios=null_policy", "write scenarios=[a,b]"),
        ("hydra.run.dir=x", "unknown key"),
        ("+run._target_=os.system", "unknown key"),
        ("run.output=${oc.env:HOME}", "is not resolved"),
        ("policies.labour_places.start=2027-01", "unknown key"),
        ("+policies.labor_places.start=2027-01", "did you mean 'labour_places'"),
    ],
)
def test_a_wrong_override_is_told_in_one_line(override: str, said: str) -> None:
    (problem,) = problems(override)
    assert said in problem


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("policies.labour_places.strat=2027-01", "did you mean 'policies.labour_places.start'"),
        ("policies.labour_places.start=2027-13", "month"),
        ("policies.labour_places.places_per_year.usa_h2a=nan", "policies.labour_places.places_per_year"),
        ("+policies.labour_places.places_per_year.usa_h2aa=5", "did you mean 'usa_h2a'"),
        ("policies.labour_places.places_per_year.usa_h2a=many", "policies.labour_places.places_per_year"),
    ],
)
def test_a_wrong_policy_setting_is_told_in_one_line(override: str, said: str) -> None:
    (problem,) = problems(LABOUR, override)
    assert said in problem


def test_all_problems_of_a_request_are_told_at_once() -> None:
    assert len(problems("seed=nan", "run.strat=1", "population.share=7")) == 3


def test_own_scenarios_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert compose([written(tmp_path, "mine", "# Why?\ntitle: Mine\n")]).title == "Mine"
    written(tmp_path, "labour_visas_50k", "# Why?\ntitle: My labour places\n")
    assert compose([LABOUR]).title == "My labour places"
    assert compose(["scenarios=null_policy"]).policies


def test_all_problems_of_a_file_are_told_with_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "\n".join(
        (
            "# Why?",
            "titel: Wrong",
            "recommendation: 13",
            "policies:",
            "  labor_places: {}",
            "  labour_places: {start: 2026-13, places_per_year: {usa_h2x: 5}}",
            "settings:",
            "  run.strat: 2014-01",
        )
    )
    found = problems(written(tmp_path, "wrong", text))
    for said in (
        "line 2: titel: unknown key",
        "title: needs a text",
        "line 3: recommendation",
        "line 5: policies.labor_places",
        "line 6: policies.labour_places.start",
        "line 6: policies.labour_places.places_per_year: unknown pathway 'usa_h2x'",
        "line 8: settings.run.strat",
    ):
        assert any(said in line for line in found), (said, found)
    assert all(line.startswith("scenarios/wrong.yaml") for line in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: [A\n", "scenarios/bad.yaml line 2: malformed YAML"),
        ("title: A\ntitle: B\n", "line 2: key 'title' is given twice (first in line 1)"),
        ("- a\n", "line 1: must be a mapping"),
        ("", "must be a mapping"),
        ("title: A\n1: x\n", "line 2: key 1 is not text"),
        ("title: ${oc.env:HOME}\n", "line 1: title: '${oc.env:HOME}': a scenario is data"),
        ("title: !!python/object:os.system x\n", "line 1: malformed YAML: the tag"),
        ("title: A\npolicies: 3\n", "line 2: policies: must be a mapping"),
        ("title: A\n_target_: os.system\n", "line 2: _target_: unknown key"),
    ],
)
def test_a_file_that_is_no_scenario_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (problem,) = problems(written(tmp_path, "bad", text))
    assert said in problem


def test_a_bad_scenario_does_not_stop_another_from_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "bad", "title: [A\n")
    assert compose().scenarios == ("baseline",)


def test_a_folder_is_named_by_scenarios_seed_and_other_overrides() -> None:
    assert (
        str(run_folder(compose([LABOUR, "seed=7"])))
        == "runs/default/labour_visas_50k/member=central/seed=0007"
    )
    stacked = compose(["scenarios=[labour_visas_50k,border_restrictive]"])
    assert run_folder(stacked).parts[2] == "labour_visas_50k+border_restrictive"
    plain = run_folder(compose(["run.threads=2", "run.chunk=128", "engine=agents"]))
    assert plain == run_folder(compose())
    smaller, later = run_folder(compose(["population.share=0.01"])), run_folder(compose(["run.end=2031-01"]))
    assert smaller.parts[2].startswith("baseline+")
    assert len({smaller, later, run_folder(compose())}) == 3
    moved = run_folder(compose([LABOUR, "policies.labour_places.start=2027-01"]))
    assert moved.parts[2].startswith("labour_visas_50k+")


def test_what_never_changes_a_count_is_no_part_of_the_identity() -> None:
    same = compose(["run.threads=2", "run.chunk=128", "engine=agents", "run.output=/tmp/x"])
    assert identity(same) == identity(compose())
    assert identity(compose(["seed=2"])) != identity(compose())


def test_the_baseline_of_a_run_has_its_overrides_but_no_policy() -> None:
    config = compose(["scenarios=[labour_visas_50k,border_restrictive]", "seed=3", "population.share=0.01"])
    assert identity(as_baseline(config)) == identity(compose(["seed=3", "population.share=0.01"]))


def test_configuration_files_hold_only_known_parameters() -> None:
    for group in ("smoke", "standard", "full", "pinned"):
        assert compose([f"run={group}"])["run.start"] == "2013-10"
    shipped = Path(__file__).parent.parent / "configs" / "config.yaml"
    order = [
        next(iter(one)) if isinstance(one, dict) else one
        for one in yaml.safe_load(shipped.read_text())["defaults"]
    ]
    assert order.index("_self_") < order.index("scenarios")


def test_libyaml_reads_what_the_slow_reader_reads() -> None:
    files = (*find_scenarios().values(), *shipped("configs").rglob("*.yaml"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    texts.append("a: [1, 2.5, 1e5, '1', yes, null, 2026-01, 0x10, .5, 010, ~]\nb: {c: 'x: y'}\ne: |\n  two\n  lines\n")
    for text in texts:
        read = []
        for kind in (yamlfile._QuickLoader, yamlfile._Loader):
            loader, lines = kind(text), {}
            node = loader.get_single_node()
            assert node is None or list(yamlfile._index(node, "", lines)) == []
            read.append((node and loader.construct_document(node), lines))
        assert read[0] == read[1]
