"""`pathways explain` tells a person in a ministry what changes, when, for whom, at what cost and how well known."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli import main
from sim.config import parameters
from sim.explain import explain, explained_text, own_settings, recommended
from sim.language import LANGUAGES, language
from sim.outcomes import OUTCOMES
from sim.policies import INSTRUMENTS, check
from sim.scenarios import Scenario, find_scenarios, read_scenario
from sim.sentences import amount, condition, dates, moves, target
from sim.words.codes import PATHWAYS, SERIES
from sim.words.instruments import TOLD
from sim.words.settings import SETTINGS

ENGLISH = language("en")
SHIPPED = find_scenarios()


def scenario(policies, title="My own title", recommendation=None):
    """Return a scenario as read from a file of the user's own."""
    checked, problems = check(policies)
    assert not problems
    path = Path("scenarios/own.yaml")
    return Scenario("own", path, title, "What if?", recommendation, "A", checked, {})


def told(name, settings):
    (policy,) = explain(scenario({name: settings}))["policies"]
    return policy


def test_every_instrument_has_a_name_and_a_sentence_for_each_setting_of_its_own():
    assert set(TOLD) == set(INSTRUMENTS)
    for name, kind in INSTRUMENTS.items():
        own = set(own_settings(kind))
        assert set(TOLD[name].settings) == own, name
        for key in own:
            sentence = TOLD[name].settings[key]
            if kind.FIELDS[key].kind == "choice":
                assert set(sentence) == set(kind.FIELDS[key].choices), (name, key)
            elif isinstance(sentence, dict) and kind.FIELDS[key].kind != "flag":
                assert set(sentence) == {"none", "some"}, (name, key)
            else:
                assert "{value}" in sentence or kind.FIELDS[key].kind == "flag", (name, key)


def test_every_code_that_is_told_has_a_plain_name():
    from sim.codes import REGULAR_PATHWAYS
    from sim.policies import fields

    assert set(PATHWAYS) == set(REGULAR_PATHWAYS)
    assert set(SERIES) == set(fields.SERIES)
    for name, kind in INSTRUMENTS.items():
        assert {outcome.partition("/")[0] for outcome in kind.MOVES} <= set(OUTCOMES), name


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scenario_is_told_in_every_language(name, lang):
    page = explained_text(read_scenario(SHIPPED[name]), lang)
    assert page.startswith(f"{name}: ")
    assert "{" not in page
    assert "None" not in page
    assert max(map(len, page.splitlines())) <= 110


def test_the_three_languages_say_the_same_of_labour_visas():
    scenario = read_scenario(SHIPPED["labour_visas_50k"])
    english, spanish, french = (explained_text(scenario, lang) for lang in LANGUAGES)
    for part in ("8,750 places a year", "January 2026 to December 2027", "Recommendation 5", "assumed (A)"):
        assert part in " ".join(english.split())
    for part in ("8,750 plazas al año", "enero de 2026 hasta diciembre de 2027", "Recomendación 5", "supuesto (A)"):
        assert part in " ".join(spanish.split())
    for part in ("places par an", "janvier 2026 et jusqu'en décembre 2027", "Recommandation 5", "supposé (A)"):
        assert part in " ".join(french.split())


def test_settings_left_as_they_are_are_not_listed():
    settings = told("enforcement", {"interior_multiplier": 1.5})["changes"]
    assert [one["key"] for one in settings] == ["interior_multiplier"]
    assert settings[0]["sentence"] == "The chance that a resident without papers is removed is multiplied by 1.5."


def test_a_policy_at_zero_is_told_to_do_nothing():
    assert "nothing: its settings are those at which it does nothing" in " ".join(
        explained_text(scenario({"enforcement": {}})).split()
    )


def test_a_border_after_the_record_is_told_in_a_sentence():
    choices = parameters()["border.regime"].choices
    assert set(SETTINGS["border.regime"]) == set(choices)
    page = " ".join(explained_text(read_scenario(SHIPPED["border_open_2019"])).split())
    assert "released to wait for a hearing. (border.regime)" in page


def test_places_of_several_programmes_are_added_up():
    places = {"usa_h2a": 1000, "usa_h2b": 500}
    (change,) = [one for one in told("labour_places", {"places_per_year": places})["changes"] if one["value"] == places]
    assert change["sentence"].endswith("Together these are 1,500 places a year.")


def test_dates_tell_start_phase_half_effect_end_and_fading():
    policy = {"start": "2026-01", "phase_in_months": 6, "lag_months": 18, "end": "2030-12", "fade_months": 1}
    assert told("enforcement", policy)["dates"] == (
        "It is in force from January 2026 to December 2030. It is phased in over 6 months, in a straight line. "
        "Half of its full effect is reached 18 months after the start. "
        "After the end its effect fades: half of it is gone after 1 month."
    )


def test_a_condition_tells_what_is_watched_where_and_for_how_long():
    when = {"series": "homicides", "over": 40, "of": "HND"}
    text = dates(INSTRUMENTS["enforcement"], {"start": "2026-01", "when": when, "for_months": 12}, ENGLISH)
    assert "in the month after the number of homicides per 100,000 people a year rises above 40 (Honduras)" in text
    assert "It then lasts 12 months, and begins anew when the condition is met again. It cannot start before" in text
    under = condition({"series": "encounters", "under": 100_000}, ENGLISH)
    assert under.endswith("falls below 100,000 (the three countries together)")


def test_a_group_is_told_by_what_holds_of_its_members():
    kind = INSTRUMENTS["reintegration"]
    group = {"departments": ["GT-13", "HN-LE"], "quintile": [2, 1], "female_head": True, "rural": False}
    assert target(kind, group, ENGLISH) == (
        "It is for those who live in Huehuetenango or Lempira; belong to income fifth 1 or 2 (1 is the poorest); "
        "have a woman as head of the household; live in a town."
    )
    assert target(kind, None, ENGLISH).startswith("It is for everybody")
    assert target(INSTRUMENTS["hold_places"], None, ENGLISH) == ""


def test_a_cost_tells_unit_price_and_payer():
    policy = told("reintegration", {"coverage": 0.5, "unit_cost_usd": 250, "payer": "origin_government"})
    assert policy["cost"] == (
        "US$ 250 (prices of 2021) for each person helped, paid by the government of the country of origin."
    )


def test_what_is_to_move_is_told_by_its_sign():
    text = moves({"remigrate": -1, "arrive_regular": 1, "smuggler_price": 0}, ENGLISH)
    assert text == (
        "It should raise: Regular journeys. It should lower: Returned who left again. "
        "It can move either way: Price of a smuggler."
    )


def test_a_source_is_told_in_words_also_where_it_is_an_identifier():
    assert "DHS OHSS" in told("enforcement", {"interior_multiplier": 2, "source": "S1"})["source"]
    assert told("enforcement", {"source": "my own estimate"})["source"] == "my own estimate"


def test_shares_durations_and_places_carry_their_unit():
    fields = INSTRUMENTS["reintegration"].FIELDS
    assert amount(fields["coverage"], 0.275, ENGLISH) == "27.5%"
    assert amount(fields["help_months"], 6, ENGLISH) == "6 months"
    places = {"usa_h2a": 1000, "usa_h2b": 0}
    text = amount(INSTRUMENTS["labour_places"].FIELDS["places_per_year"], places, ENGLISH)
    assert text == "1,000 places a year for seasonal farm work in the United States (H-2A visas)"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_of_the_users_own_pass_untranslated(lang):
    assert explain(scenario({}, title="Mi idea {propia}"), lang)["title"] == "Mi idea {propia}"


@pytest.mark.parametrize(("given", "numbers"), [(None, ()), (5, (5,)), ([1, 2, 12], (1, 2, 12))])
def test_a_scenario_belongs_to_no_one_or_several_recommendations(given, numbers):
    own = scenario({}, recommendation=given)
    assert recommended(own) == numbers
    assert [one["number"] for one in explain(own)["recommended"]] == list(numbers)


def test_the_command_tells_in_the_language_asked_for_and_refuses_another(capsys):
    assert main(["explain", "labour_visas_50k", "--lang", "es"]) == 0
    assert "Qué cambia:" in capsys.readouterr().out
    assert main(["explain", "labour_visas_50k", "--lang", "de"]) == 2
    assert "--lang de: not there; one of en, es, fr" in capsys.readouterr().err
