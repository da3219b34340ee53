"""From settings, faults, seeds and designs to the points of a sweep, and from a point to its lab."""

from __future__ import annotations

import difflib
import itertools
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.lab import Lab
from ipsec_edu.net.faults import parse_fault

__all__ = ["Point", "configured", "designs_of", "points_of"]


@dataclass(frozen=True, slots=True)
class Point:
    """One run to make: a design, values of settings, faults, a seed."""

    variant: str | None
    settings: tuple[tuple[str, Any], ...]
    """What the table shows of them."""
    controls: tuple[tuple[str, Any], ...]
    lines: tuple[tuple[str, str], ...]
    """Configuration to type in: (device, text)."""
    label: str
    """What the faults are called in the table."""
    faults: tuple[str, ...]
    seed: int

    @property
    def name(self) -> str:
        """How an error calls it."""
        words = [f"variant {self.variant}"] if self.variant else []
        words += [f"{key} {value}" for key, value in self.settings]
        words += [self.label] if self.label else []
        return ", ".join([*words, f"seed {self.seed}"])


def designs_of(lab: Lab, variants: Sequence[str | None] | None) -> dict[str | None, Lab]:
    """Return the labs by design; without `variants`, the lab as it is."""
    if variants is None:
        return {lab.variant_name: lab}
    if isinstance(variants, str):
        raise ScenarioError(f"variants is a list: [{variants!r}]")
    base = lab.variant(None) if lab.folder is None else Lab.load(lab.folder)
    if base.variant(lab.variant_name) != lab:
        raise ScenarioError(
            "variants are read from the lab's folder, and what was typed into this lab would be lost: "
            "give the lines in settings, as {'ASA1': ['', 'crypto ...']}"
        )
    return {name: base.variant(name) for name in variants}


def points_of(
    lab: Lab,
    designs: Iterable[str | None],
    settings: Mapping[str, Any],
    faults: Sequence[str] | Sequence[Sequence[str]] | Mapping[str, Sequence[str]],
    seeds: int | Iterable[int],
) -> list[Point]:
    """Return every combination, in the order of the arguments; the last varies fastest.

    Raises
    ------
    ScenarioError
        A setting that means nothing here, a fault that is none, nothing to run.
    """
    axes = {name: _axis(name, values) for name, values in settings.items()}
    scenarios = _scenarios(faults)
    used = {field for lines in scenarios.values() for line in lines for field in _fields(line)}
    controls = {control.name for control in lab.controls}
    for name in axes:
        if name not in controls and name not in lab.settings and name not in used:
            raise ScenarioError(f"setting {name!r} {_hint(name, [*controls, *lab.settings])}")
    for name in sorted(used - axes.keys()):
        raise ScenarioError(f"a fault speaks of {{{name}}}, but settings has no {name!r}")
    numbers = range(1, seeds + 1) if isinstance(seeds, int) else seeds
    points = []
    for design, values, (label, lines), seed in itertools.product(
        designs, itertools.product(*axes.values()), scenarios.items(), list(numbers)
    ):
        chosen = dict(zip(axes, values, strict=True))
        shown = tuple((name, label) for name, (label, _) in chosen.items())
        given = {name: value for name, (_, value) in chosen.items()}
        set_to = tuple((name, value) for name, value in given.items() if name in controls)
        typed = [name for name in given if name in lab.settings and name not in controls]
        texts = tuple((name, str(given[name])) for name in typed if given[name])
        filled = tuple(line.format_map(given) for line in lines)
        for line in filled:
            parse_fault(line)
        points.append(Point(design, shown, set_to, texts, label, filled, seed))
    if not points:
        raise ScenarioError("there is nothing to run: a list of settings, faults, seeds or variants is empty")
    return points


def _axis(name: str, values: Any) -> list[tuple[Any, Any]]:
    """Return (how it is shown, the value) of one setting; a mapping gives its values names."""
    if isinstance(values, Mapping):
        return list(values.items())
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ScenarioError(f"setting {name!r} needs a list of values, not {values!r}")
    return [(" / ".join(v.split("\n")) if isinstance(v, str) else v, v) for v in values]


def _scenarios(
    faults: Sequence[str] | Sequence[Sequence[str]] | Mapping[str, Sequence[str]],
) -> dict[str, Sequence[str]]:
    """Return fault lists by name; a plain list of lines is one scenario, as for `Lab.run`."""
    if isinstance(faults, str):
        raise ScenarioError(f"faults is a list of lines: [{faults!r}]")
    if isinstance(faults, Mapping):
        named = dict(faults)
    elif all(isinstance(item, str) for item in faults):
        named = {"; ".join(str(line) for line in faults): [str(line) for line in faults]}
    else:
        lists = [[item] if isinstance(item, str) else list(item) for item in faults]
        named = {"; ".join(lines): lines for lines in lists}
    for name, lines in named.items():
        if isinstance(lines, str):
            raise ScenarioError(f"faults {name!r} is a list of lines: [{lines!r}]")
    return named


def _fields(line: str) -> list[str]:
    try:
        return [field for _, field, _, _ in string.Formatter().parse(line) if field is not None]
    except ValueError as error:
        raise ScenarioError(f"fault {line!r}: {error}; write a setting's name as {{name}}") from None


def _hint(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    guess = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"is no control, no device, and in no fault; {guess}"


def configured(designs: Mapping[str | None, Lab], point: Point) -> Lab:
    """Return the lab of a point: controls set, lines typed in (ConfigError where a device refuses)."""
    return _configured(_Key(designs[point.variant]), point.controls, point.lines)


class _Key:
    """A lab as a key of a cache: by identity, since its settings cannot be hashed."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.lab is self.lab

    def __hash__(self) -> int:
        return id(self.lab)


@lru_cache(maxsize=64)
def _configured(key: _Key, controls: tuple[tuple[str, Any], ...], lines: tuple[tuple[str, str], ...]) -> Lab:
    lab, values = key.lab, dict(controls)
    nodes = {node: None for control in lab.controls if control.name in values for node in control.nodes}
    for node in nodes:
        lab = lab.configure(node, lab.control_lines(node, values))
    for node, text in lines:
        lab = lab.configure(node, text)
    return lab
