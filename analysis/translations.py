"""The catalogues of translations: every text that `pathways explain` can say, collected from the code's registers.

`python -m analysis.translations` adds new texts to `sim/locale`, drops those no longer said, and tells how many
wait for a translation; a test holds that none does. An English text is its own key: change it, and its
translations are to be written anew.
"""

from __future__ import annotations

import ast
import importlib
import io
import pkgutil
import string
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import sim.words
from sim.config import parameters
from sim.explain import sources, summary
from sim.language import LANGUAGES, catalogue_file
from sim.outcomes import OUTCOMES
from sim.policies import INSTRUMENTS
from sim.scenarios import read_scenario, shipped

COMMAND: Final = "uv run python -m analysis.translations"
SPEAKING: Final = ("explain.py", "sentences.py")
"""Modules of sim whose texts are given to `say` or `noted`."""
WIDTH: Final = 110
HEADER: Final = "Translations of what `pathways explain` says. Keep what stands in {braces}."


def texts() -> dict[str, str]:
    """Return every text to be translated and where it comes from, in the order of the catalogues."""
    found: dict[str, str] = {}
    for where, text in _all():
        if any(letter.isalpha() for letter in without_places(text)):
            found.setdefault(text, where)
    return found


def without_places(text: str) -> str:
    """Return a text without what stands in braces."""
    return "".join(literal for literal, *_ in string.Formatter().parse(text))


def places(text: str) -> list[str]:
    """Return the names in braces of a text, sorted."""
    return sorted(name for _, name, *_ in string.Formatter().parse(text) if name is not None)


def updated(name: str) -> bytes:
    """Return the catalogue of a language as it should be: every text, what is translated, nothing else."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    known = translations(name)
    catalogue = Catalog(locale=name, header_comment=f"# {HEADER}", fuzzy=False)
    for text, where in texts().items():
        catalogue.add(text, known.get(text, ""), auto_comments=[where]).flags.clear()
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=WIDTH, no_location=True)
    return _timeless(buffer.getvalue())


def translations(name: str) -> Mapping[str, str]:
    """Return the catalogue of a language as it is, texts still without a translation included."""
    from babel.messages.pofile import read_po

    if not catalogue_file(name).exists():
        return {}
    with catalogue_file(name).open("rb") as lines:
        return {str(one.id): str(one.string) for one in read_po(lines, name) if one.id}


def main() -> int:
    """Bring every catalogue up to date and tell what waits for a translation."""
    for name in LANGUAGES[1:]:
        file = catalogue_file(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(updated(name))
        known = translations(name)
        missing = [text for text, told in known.items() if not told]
        print(f"{name}: {len(known)} texts, {len(missing)} without a translation")
        for text in missing:
            print(f"  {text}")
    return 0


def _timeless(catalogue: bytes) -> bytes:
    """Return a catalogue without the lines of its head that change with the clock or the tool."""
    dated = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By', b'"Last-Translator', b'"Language-Team')
    unwanted = (*dated, b'"Project-Id-Version', b'"Report-Msgid-Bugs-To')
    return b"\n".join(line for line in catalogue.split(b"\n") if not line.startswith(unwanted))


def _all() -> Iterator[tuple[str, str]]:
    yield from _frames()
    for module in pkgutil.iter_modules(sim.words.__path__):
        tables = vars(importlib.import_module(f"sim.words.{module.name}"))
        for name, table in tables.items():
            if name.isupper() and isinstance(table, Mapping):
                for text in _leaves(table):
                    yield f"{module.name}: {name}", text
    yield from ((f"outcome {name}", one.label) for name, one in OUTCOMES.items())
    yield from _instruments()
    yield from _scenarios()


def _frames() -> Iterator[tuple[str, str]]:
    for name in SPEAKING:
        path = Path(sim.words.__path__[0]).parent / name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _called(node) in ("say", "noted"):
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield name, text.value


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        for branch in tree.values():
            yield from _leaves(branch)
    elif is_dataclass(tree):
        for one in fields(tree):
            yield from _leaves(getattr(tree, one.name))


def _instruments() -> Iterator[tuple[str, str]]:
    for name, kind in INSTRUMENTS.items():
        where = f"instrument {name}"
        yield where, summary(kind)
        yield where, kind.WHY
        if kind.COST is not None:
            yield where, kind.COST.unit
        for key, field in kind.FIELDS.items():
            yield f"{where}, {key}", field.doc
            yield f"{where}, {key}", field.unit
        if "source" in kind.FIELDS:
            yield from _source(where, kind.FIELDS["source"].default)


def _scenarios() -> Iterator[tuple[str, str]]:
    for path in sorted(shipped("scenarios").glob("*.yaml")):
        scenario = read_scenario(path)
        where = f"scenario {scenario.name}"
        yield where, scenario.title
        yield where, scenario.question
        for settings in scenario.policies.values():
            yield from _source(where, settings.get("source"))
        for key in scenario.settings:
            row = parameters()[key]
            yield f"parameter {key}", row.doc
            yield f"parameter {key}", row.unit
            yield from _source(f"parameter {key}", row.source)


def _source(where: str, text: str | None) -> Iterator[tuple[str, str]]:
    """Yield a source that is told in words of ours; one that is a row of SOURCES.csv stays in its own language."""
    if text and not sources(text):
        yield where, text


if __name__ == "__main__":
    raise SystemExit(main())
