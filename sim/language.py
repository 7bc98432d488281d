"""The languages in which a scenario is told: texts from a catalogue; numbers, months and lists by locale.

The English text in the code is the key of the catalogues `sim/locale/LANG/LC_MESSAGES/pathways.po`, which are
read when another language is asked for. `python -m analysis.translations` brings them up to date.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from sim.errors import RequestError, nearest

LANGUAGES: Final = ("en", "es", "fr")
LOCALES: Final = {"en": "en_US", "es": "es_419", "fr": "fr_FR"}
"""Locale of each language; es_419 is Latin America, as in its 50,000.5."""
CATALOGUES: Final = Path(__file__).parent / "locale"
TERRITORIES: Final = {"SLV": "SV", "GTM": "GT", "HND": "HN", "USA": "US", "MEX": "MX", "CAN": "CA"}
"""ISO 3166-1 codes of two letters, as locales name countries."""


def noted(text: str) -> str:
    """Return a text as it is; marks one that is translated where it is told, not where it is written."""
    return text


def catalogue_file(name: str) -> Path:
    """Return where the catalogue of a language lies."""
    return CATALOGUES / name / "LC_MESSAGES" / "pathways.po"


def language(name: str) -> Language:
    """Return one of `LANGUAGES`.

    Raises:
        RequestError: there is no such language.

    """
    if name not in LANGUAGES:
        raise RequestError(f"--lang {name}: not there; one of {', '.join(LANGUAGES)}{nearest(name, LANGUAGES)}")
    return Language(name)


class Language:
    """A language: its texts, and how it writes numbers, months and lists."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: Mapping[str, str] = {} if name == "en" else _texts(name)

    def say(self, text: str, /, **values: object) -> str:
        """Return a text in this language, with its {values} in place; English where there is no translation."""
        told = self.texts.get(text, text)
        return told.format(**values) if values else told

    def number(self, value: float) -> str:
        """Return a number as written here: 8,750 or 8 750."""
        from babel.numbers import format_decimal

        return format_decimal(value, locale=LOCALES[self.name], decimal_quantization=False)

    def percent(self, share: float) -> str:
        """Return a share, 0 to 1, in percent."""
        from babel.numbers import format_percent

        return format_percent(share, locale=LOCALES[self.name], decimal_quantization=False)

    def month(self, month: str) -> str:
        """Return 'January 2026' of '2026-01'."""
        from babel.dates import format_skeleton

        return format_skeleton("yMMMM", date.fromisoformat(f"{month}-01"), locale=LOCALES[self.name])

    def months(self, count: float) -> str:
        """Return a duration: '1 month', '6 months'."""
        from babel.units import format_unit

        return format_unit(count, "duration-month", locale=LOCALES[self.name])

    def listing(self, items: Iterable[str], style: str = "standard") -> str:
        """Return 'a, b and c'; with style 'or', 'a, b or c'."""
        from babel.lists import format_list

        return format_list(list(items), style, locale=LOCALES[self.name])  # type: ignore[arg-type]

    def series(self, items: Iterable[str]) -> str:
        """Return 'a; b; c', for parts that have commas of their own."""
        return ("\u00a0; " if self.name == "fr" else "; ").join(items)

    def country(self, code: str) -> str:
        """Return the name of a country of the simulator, or its code."""
        from babel import Locale

        return Locale.parse(LOCALES[self.name]).territories.get(TERRITORIES.get(code, ""), code)


@functools.cache
def _texts(name: str) -> Mapping[str, str]:
    from babel.messages.pofile import read_po

    with catalogue_file(name).open("rb") as lines:
        return {str(one.id): str(one.string) for one in read_po(lines, name) if one.id and one.string}
