"""YAML files as plain data: read with line numbers, checked for doubled keys, written back in order.

A month such as 2026-01 stays text, numbers are decimal (1e5 is one, 010 and 1:30 are none), and nothing but
text, numbers, lists and mappings exists: no tags, no anchors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from sim.errors import RequestError, refuse, unreadable

LINE_WIDTH = 110
"""Characters of a line of YAML that is written."""


def leaves(tree: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of every leaf; an empty mapping has none."""
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from leaves(value, path + ".")
        else:
            yield path, value


def shown(path: Path) -> str:
    """Return a path as a user would write it: from the current folder if it lies below."""
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(path)


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by dotted path as a tree."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        *groups, key = path.split(".")
        branch = tree
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[key] = value
    return tree


def plain(tree: Any) -> Any:
    """Return a tree of any mappings and sequences as dicts and lists."""
    if isinstance(tree, Mapping):
        return {key: plain(value) for key, value in tree.items()}
    return [plain(value) for value in tree] if isinstance(tree, list | tuple) else tree


TAG = "tag:yaml.org,2002:"
PLAIN = tuple(TAG + kind for kind in ("str", "int", "float", "bool", "null", "seq", "map"))


class _Plain:
    """What both loaders refuse: anchors and tags."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse what stands for something written elsewhere: it could grow without end."""
        event = self.peek_event()  # type: ignore[attr-defined]
        if getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(None, None, "&anchors and *aliases are not read", event.start_mark)
        node = super().compose_node(parent, index)  # type: ignore[misc]
        if node.tag not in PLAIN:
            raise yaml.composer.ComposerError(None, None, f"the tag {node.tag} is not read", node.start_mark)
        return node


class _Loader(_Plain, yaml.SafeLoader):
    """YAML without dates (a month stays text), with decimal numbers only, without anchors and tags."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, form) for tag, form in pairs if tag in (TAG + "bool", TAG + "null")]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(TAG + "int", re.compile(r"[-+]?(0|[1-9]\d*)$"), list("-+0123456789"))


class _Dumper(yaml.SafeDumper):
    """YAML in which a text that looks like a number is quoted, also by the form of `_Loader`."""


_FLOAT = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d+)?$|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$")
for _kind in (_Loader, _Dumper):
    _kind.add_implicit_resolver(TAG + "float", _FLOAT, list("-+0123456789."))


_QuickLoader: Any = _Loader
if yaml.__with_libyaml__:

    class _QuickLoader(  # type: ignore[no-redef]
        _Plain, yaml.composer.Composer, yaml.cyaml.CParser, yaml.constructor.SafeConstructor, yaml.resolver.Resolver
    ):
        """The same, five times as fast: libyaml parses."""

        yaml_implicit_resolvers: ClassVar = _Loader.yaml_implicit_resolvers

        def __init__(self, text: str) -> None:
            yaml.cyaml.CParser.__init__(self, text)
            yaml.composer.Composer.__init__(self)
            yaml.constructor.SafeConstructor.__init__(self)
            yaml.resolver.Resolver.__init__(self)


@dataclass(frozen=True)
class Document:
    """A YAML mapping with the line number of every dotted path and the text it came from."""

    path: Path
    text: str
    tree: dict[str, Any]
    lines: Mapping[str, int]

    def where(self, problem: str) -> str:
        """Return 'file line n' of the deepest key in the file that a problem begins with."""
        path = problem.split(":")[0]
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return shown(self.path) + (f" line {self.lines[path]}" if path else "")


def read_yaml(path: Path) -> Document:
    """Return the mapping in a file; RequestError names file and line of what cannot be read."""
    try:
        if path.exists() and not path.is_file():
            raise RequestError(f"{shown(path)}: is not a file")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{shown(path)}: cannot be read: {unreadable(error)}") from None
    lines: dict[str, int] = {}
    try:
        loader, node = _composed(text)
        if not isinstance(node, yaml.MappingNode):
            raise RequestError(f"{shown(path)} line 1: must be a mapping of keys to values, such as title: ...")
        wrong = list(_index(node, "", lines))
        tree = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" line {mark.line + 1}" if mark else ""
        raise RequestError(f"{shown(path)}{where}: malformed YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RequestError(f"{shown(path)}: malformed YAML: {str(error).splitlines()[0]}") from None
    refuse([f"{shown(path)} {problem}" for problem in wrong])
    return Document(path, text, tree, lines)


def _composed(text: str) -> tuple[Any, Any]:
    """Return a loader and its document; a text with an error is read again by the loader whose words are told."""
    try:
        loader = _QuickLoader(text)
        return loader, loader.get_single_node()
    except (yaml.YAMLError, ValueError, RecursionError):
        loader = _Loader(text)
        return loader, loader.get_single_node()


def write_yaml(path: Path, tree: Mapping[str, Any]) -> None:
    """Write a mapping in its order, so that `read_yaml` gives it back."""
    text = yaml.dump(plain(tree), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=LINE_WIDTH)
    path.write_text(text, encoding="utf-8")


def _index(node: yaml.MappingNode, prefix: str, lines: dict[str, int]) -> Iterator[str]:
    """Record the line of every key; yield a problem for a key that is given twice or is not text."""
    for key, value in node.value:
        path, line = f"{prefix}{key.value}", key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
            yield f"line {line}: key {path} is not text"
            continue
        if path in lines:
            yield f"line {line}: key '{path}' is given twice (first in line {lines[path]})"
        lines[path] = line
        if isinstance(value, yaml.MappingNode):
            yield from _index(value, path + ".", lines)
