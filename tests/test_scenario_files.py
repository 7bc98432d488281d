"""The shipped scenarios: what the Task Force asks and what users expect, small files, sizes told with a grade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.codes import month_index
from sim.errors import RequestError
from sim.policies import INSTRUMENTS
from sim.scenarios import N_RECOMMENDATIONS, read_scenario, shipped, stack

FILES = sorted(shipped("scenarios").glob("*.yaml"))
SCENARIOS = {path.stem: read_scenario(path) for path in FILES}
MOST_LINES, LONGEST_LINE = 20, 120

RECOMMENDED = {
    "regional_council": 1, "protect_women": 2, "protect_children": 3, "asylum_and_relocation": 4,
    "labour_visas_50k": 5, "protection_pathways": 6, "anti_corruption": 7, "security_reform": 8,
    "economic_initiative": 9, "formalisation_and_savings": 10, "climate_insurance": 11, "reintegration_boost": 12,
    "shared_narrative": 12,
}  # fmt: skip
EXPECTED = (
    "baseline", "null_policy", "task_force_package", "task_force_2022", "enforcement_only", "pathways_and_enforcement",
    "drought", "hurricane", "us_recession", "remittance_tax", "end_temporary_status", "mass_return", "circular_visas",
    "family_reunification", "violence_surge", "labour_visas_25k", "labour_visas_100k", "labour_visas_targeted",
    "labour_visas_permanent", "protection_pathways_30k",
)  # fmt: skip


def test_every_scenario_that_is_asked_for_is_there() -> None:
    assert set(EXPECTED) | set(RECOMMENDED) <= set(SCENARIOS)
    assert {name: SCENARIOS[name].recommendation for name in RECOMMENDED} == RECOMMENDED


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_small_and_begins_with_the_question_it_asks(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= LONGEST_LINE
    assert lines[0].startswith("# ")
    assert "?" in lines[0]
    assert lines[1].startswith("title: ")


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"null_policy"}))
def test_every_policy_has_a_grade_and_a_source(name: str) -> None:
    for instrument, settings in SCENARIOS[name].policies.items():
        assert settings["evidence"] in "VDA", instrument
        assert settings["source"] or settings["evidence"] == "V", instrument


def test_the_null_policy_holds_every_instrument() -> None:
    assert set(SCENARIOS["null_policy"].policies) == set(INSTRUMENTS)


def test_every_instrument_is_in_a_scenario_that_uses_it() -> None:
    used = {name for one in SCENARIOS.values() if one.name != "null_policy" for name in one.policies}
    assert used == set(INSTRUMENTS)


# The Task Force's package

ALL = tuple(range(1, N_RECOMMENDATIONS + 1))
DATES = ("start", "end", "phase_in_months", "lag_months", "fade_months")


def sizes(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key not in (*DATES, "evidence", "source")}


@pytest.mark.parametrize("package", ["task_force_package", "task_force_2022"])
def test_the_package_holds_something_of_each_recommendation_in_the_size_of_its_own_scenario(package: str) -> None:
    whole = SCENARIOS[package]
    assert whole.recommendation == ALL
    for name in RECOMMENDED:
        shared = set(SCENARIOS[name].policies) & set(whole.policies)
        assert shared, f"nothing of {name}"
        for instrument in shared:
            assert sizes(whole.policies[instrument]) == sizes(SCENARIOS[name].policies[instrument]), instrument


@pytest.mark.parametrize(("package", "year"), [("task_force_package", 2026), ("task_force_2022", 2022)])
def test_the_package_is_phased_as_the_document_dates_it(package: str, year: int) -> None:
    """50,000 places over two years; protection in the first half of the year; what waits for a meeting begins after."""
    policies = SCENARIOS[package].policies
    labour, protection = policies["labour_places"], policies["protection_places"]
    assert (labour["start"], labour["duration_months"]) == (f"{year}-01", 24)
    assert sum(labour["places_per_year"].values()) * 2 == 50_000
    full = month_index(protection["start"]) + protection["phase_in_months"]
    assert month_index(f"{year}-01") <= month_index(protection["start"]) <= full <= month_index(f"{year}-06")
    for name in ("protect_women", "protect_children", "economic_initiative"):
        assert policies[name]["start"] == f"{year + 1}-01", name
    assert {month_index(settings["start"]) // 12 for settings in policies.values()} <= {year - 2013, year - 2012}


def test_labour_places_differ_in_number_alone() -> None:
    whole = SCENARIOS["labour_visas_50k"].policies["labour_places"]
    for name, factor in (("labour_visas_25k", 0.5), ("labour_visas_100k", 2)):
        other = SCENARIOS[name].policies["labour_places"]
        assert {k: v for k, v in other.items() if k != "places_per_year"} == {
            k: v for k, v in whole.items() if k != "places_per_year"
        }
        assert other["places_per_year"] == {k: v * factor for k, v in whole["places_per_year"].items()}


VARIANTS = ("labour_visas_targeted", "labour_visas_lottery", "labour_visas_permanent", "circular_visas")


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_offer_the_same_places(name: str) -> None:
    whole, other = (SCENARIOS[one].policies["labour_places"] for one in ("labour_visas_50k", name))
    for key in ("places_per_year", "start", "duration_months", "phase_in_months"):
        assert other[key] == whole[key], key
    assert other != whole


def test_places_and_enforcement_together_are_the_two_scenarios() -> None:
    apart = {**SCENARIOS["labour_visas_50k"].policies, **SCENARIOS["enforcement_only"].policies}
    assert SCENARIOS["pathways_and_enforcement"].policies == apart


# Recommendations and stacking


def write(folder: Path, recommendation: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(f"# Why?\ntitle: Mine\nrecommendation: {recommendation}\n")
    return path


@pytest.mark.parametrize(("given", "read"), [("5", 5), ("[5, 6]", (5, 6)), ("[12]", (12,))])
def test_a_scenario_may_belong_to_several_recommendations(tmp_path, given: str, read: Any) -> None:
    assert read_scenario(write(tmp_path, given)).recommendation == read


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("13", "13 is not a number from 1 to 12"), ("[5, 0]", "0 is not a number from 1 to 12"),
        ("[]", "the list is empty"), ("[5, five]", "'five' is not a number"), ("[3, 3]", "3 stands there 2 times"),
        ("true", "True is not a number"),
    ],
)  # fmt: skip
def test_a_recommendation_that_is_none_is_refused(tmp_path, given: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        read_scenario(write(tmp_path, given))


def test_scenarios_stack_and_a_clash_names_both_files_and_the_key() -> None:
    assert len(stack(["labour_visas_50k", "reintegration_boost", "drought"])) == 3
    with pytest.raises(RequestError) as caught:
        stack(["labour_visas_50k", "labour_visas_25k"])
    for words in ("labour_visas_50k.yaml", "labour_visas_25k.yaml", "policies.labour_places"):
        assert words in str(caught.value)
