"""Every text that `pathways explain` says stands in every catalogue, whole, and nothing else does."""

from __future__ import annotations

import pytest

from analysis.translations import COMMAND, places, texts, translations, updated, without_places
from sim.errors import RequestError
from sim.explain import explained_text
from sim.language import LANGUAGES, Language, catalogue_file, language
from sim.scenarios import find_scenarios, read_scenario

TRANSLATED = [name for name in LANGUAGES if name != "en"]


@pytest.mark.parametrize("name", TRANSLATED)
def test_no_text_is_missing_empty_or_stale(name):
    known = translations(name)
    assert set(known) == set(texts()), f"bring the catalogues up to date: {COMMAND}"
    assert not [text for text, told in known.items() if not told.strip()]


@pytest.mark.parametrize("name", TRANSLATED)
def test_no_translation_is_doubtful(name):
    from babel.messages.pofile import read_po

    with catalogue_file(name).open("rb") as lines:
        catalogue = read_po(lines, name, abort_invalid=True)
    assert not [one.id for one in catalogue if one.id and one.fuzzy]
    assert not catalogue.obsolete


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_keeps_what_is_put_in(name):
    assert not [text for text, told in translations(name).items() if places(text) != places(told)]


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_is_not_the_english_text(name):
    same = {text for text, told in translations(name).items() if text == told and len(without_places(text).split()) > 1}
    assert not same


@pytest.mark.parametrize("name", TRANSLATED)
def test_the_catalogues_are_as_the_command_writes_them(name):
    assert catalogue_file(name).read_bytes() == updated(name), f"bring it up to date: {COMMAND}"


@pytest.mark.parametrize("scenario", find_scenarios())
def test_everything_said_of_a_scenario_is_a_text_of_the_catalogues(scenario, monkeypatch):
    known, unknown = texts(), []

    def say(self, text, /, **values):
        if text not in known and any(letter.isalpha() for letter in text):
            unknown.append(text)
        return text.format(**values) if values else text

    monkeypatch.setattr(Language, "say", say)
    explained_text(read_scenario(find_scenarios()[scenario]))
    assert not unknown


@pytest.mark.parametrize(
    ("name", "number", "share", "month", "duration", "listed", "country"),
    [
        ("en", "8,750.5", "72.5%", "January 2026", "1 month", "a, b, and c", "Mexico"),
        ("es", "8,750.5", "72.5%", "enero de 2026", "1 mes", "a, b y c", "México"),
        ("fr", "8\u202f750,5", "72,5\u202f%", "janvier 2026", "1 mois", "a, b et c", "Mexique"),
    ],
)
def test_numbers_months_and_lists_are_written_by_locale(name, number, share, month, duration, listed, country):
    tongue = language(name)
    assert tongue.number(8750.5) == number
    assert tongue.percent(0.725).replace("\u00a0", "\u202f") == share
    assert tongue.month("2026-01") == month
    assert tongue.months(1).replace("\u00a0", " ") == duration
    assert tongue.listing("abc") == listed
    assert tongue.country("MEX") == country


def test_a_text_without_translation_is_told_in_english():
    assert language("es").say("a title of the user's own, with {braces}") == "a title of the user's own, with {braces}"


def test_an_unknown_language_is_refused_with_those_there_are():
    with pytest.raises(RequestError, match="one of en, es, fr"):
        language("de")
