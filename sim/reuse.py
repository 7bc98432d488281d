"""What is made from a configuration, kept with the values that it was made from.

It is good for every configuration that has the same ones, so members of an ensemble and other seeds share what does not
depend on what they differ in. Nobody lists the values: they are noted as they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sim.config import Config, Value


class _Noting(Mapping[str, Value]):
    """Values that note the paths which are read of them; `changed` ones are no part of the configuration."""

    def __init__(self, values: Mapping[str, Value], read: set[str], changed: Mapping[str, Value]) -> None:
        self._values, self._read, self._changed = values, read, changed

    def __getitem__(self, path: str) -> Value:
        if path in self._changed:
            return self._changed[path]
        value = self._values[path]
        self._read.add(path)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __or__(self, changed: Mapping[str, Value]) -> _Noting:
        return _Noting(self._values, self._read, {**self._changed, **changed})


@dataclass(frozen=True)
class Part[T]:
    """Something made, and the values that were read for it by dotted path."""

    made: T
    read: Mapping[str, Value]

    def is_good_for(self, config: Config) -> bool:
        """Return whether a configuration would make the same."""
        return all(config[path] == value for path, value in self.read.items())


def part[T](make: Callable[[Config], T], config: Config, known: Part[T] | None = None) -> Part[T]:
    """Return what `make` makes of a configuration's values, or the known part if it would be the same."""
    if known is not None and known.is_good_for(config):
        return known
    read: set[str] = set()
    made = make(Config(_Noting(config.values, read, {})))
    return Part(made, {path: config[path] for path in read})
