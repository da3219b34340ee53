"""A lab: devices with their configuration, cables, traffic. Immutable; every change is a new lab."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipsec_edu.config.parser import parse
from ipsec_edu.config.scenario import Control, FaultOffer, FlowSpec, Scenario, parse_scenario
from ipsec_edu.config.settings import DeviceSettings
from ipsec_edu.config.topology import Topology, parse_topology
from ipsec_edu.core.errors import ConfigError, LabError, Problem, ScenarioError
from ipsec_edu.core.units import to_us

if TYPE_CHECKING:
    from ipsec_edu.net.world import World
    from ipsec_edu.run import Run

__all__ = ["Lab", "bundled_labs"]

MAX_RUN_S = 10_000_000
"""Four months: longer than any lifetime that a device can be given."""
LABS = Path(__file__).parent / "labs"


def bundled_labs() -> list[str]:
    """Return the names of the labs that come with the package."""
    return sorted(path.name for path in LABS.iterdir() if any(path.glob("*.clab.yml")))


@dataclass(frozen=True, repr=False)
class Lab:
    """A network ready to run.

    Attributes
    ----------
    name : str
        The lab's name (its folder's).
    topology : Topology
        Devices and cables.
    settings : dict of str to DeviceSettings
        What each device's configuration means; treat as read-only, use `configure`.
    scenario : Scenario
        Traffic, faults on offer, controls, positions.
    problems : tuple of Problem
        What loading found that is no error (not modelled, near misses).
    """

    name: str
    topology: Topology
    settings: dict[str, DeviceSettings]
    scenario: Scenario
    folder: Path | None = None
    variant_name: str | None = None
    problems: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        variant = f", variant {self.variant_name}" if self.variant_name else ""
        title = f" ({self.scenario.title})" if self.scenario.title else ""
        return f"<Lab {self.name}{variant}{title}: {', '.join(self.topology.nodes)}>"

    @classmethod
    def load(cls, name: str | Path, *, lenient: bool = False) -> Lab:
        """Load a bundled lab by name, or a folder of your own by path.

        Parameters
        ----------
        name : str or Path
            ``site-to-site``, or the path of a folder with one ``*.clab.yml``.
        lenient : bool
            Report what is not understood as warnings instead of refusing it (pasted
            production configurations).

        Raises
        ------
        LabError
            No such lab, or a folder without a topology.
        ConfigError
            Configuration that is not understood; all problems at once.
        """
        folder = _folder(name)
        return _load(folder, None, lenient, _fingerprint(folder))

    @classmethod
    def from_texts(
        cls, topology: str, configs: Mapping[str, str], scenario: str = "", *, name: str = "in-memory"
    ) -> Lab:
        """Build a lab from texts: a containerlab topology, a configuration per node, a scenario."""
        parsed = parse_topology(topology, f"{name}.clab.yml")
        for node in configs.keys() - parsed.nodes.keys():
            raise LabError(f"configuration for {node}, but the topology has {', '.join(parsed.nodes)}")
        settings, problems = _settings(
            parsed, lambda node, _: configs.get(node), lambda node: f"{node}.cfg", lenient=False
        )
        return cls(
            name, parsed, settings, parse_scenario(scenario, "scenario.toml"), None, None, tuple(problems)
        )

    def configure(self, node: str, text: str) -> Lab:
        """Return the lab with configuration lines typed into `node`, as after ``configure terminal``.

        Raises
        ------
        LabError
            There is no such device.
        ConfigError
            A line that the device would refuse.
        """
        self._check_node(node)
        base = self.settings[node]
        parsed = parse(text, base.platform, f"<{node}>", base=base)
        return replace(self, settings={**self.settings, node: parsed.settings})

    def variant(self, name: str | None) -> Lab:
        """Return the design `name`: its lines merged over the base (LabError where there is none)."""
        if name is None:
            return self
        if self.folder is None or name not in self.variants:
            near = difflib.get_close_matches(name, self.variants, 1)
            hint = (
                f"; did you mean {near[0]}?" if near else f"; there are {', '.join(self.variants) or 'none'}"
            )
            raise LabError(f"lab {self.name} has no variant {name!r}{hint}")
        return _load(self.folder, name, False, _fingerprint(self.folder))

    def with_flows(self, *flows: FlowSpec) -> Lab:
        """Return the lab with this traffic instead of its own."""
        return replace(self, scenario=replace(self.scenario, flows=flows))

    def run(
        self,
        until: float | None = None,
        faults: Sequence[str] = (),
        seed: int = 1,
        *,
        fidelity: str = "bytes",
        on_world: Callable[[World], None] | None = None,
    ) -> Run:
        """Run the lab and return its trace.

        Parameters
        ----------
        until : float, optional
            Length in simulated seconds (default: the scenario's).
        faults : sequence of str
            Lines like ``30 cut ASA1:GigabitEthernet0/1``.
        seed : int
            All randomness comes from it: same inputs, same bytes.
        fidelity : {"bytes", "eager", "model"}
            See ARCHITECTURE.md.
        on_world : callable, optional
            Called with the world before the first event: to tap a wire, to be an attacker.

        Raises
        ------
        ScenarioError
            An impossible fault or option.
        """
        from ipsec_edu.run import Run

        if until is not None and not 0 < until <= MAX_RUN_S:
            raise ScenarioError(f"a run lasts more than 0 s and at most {MAX_RUN_S} s, not {until:g} s")
        until_us = self.scenario.until_us if until is None else max(1, to_us(until))
        if fidelity not in ("bytes", "eager", "model"):
            raise ScenarioError(f"fidelity is bytes, eager or model, not {fidelity!r}")
        return Run.make(self, until_us, tuple(faults), seed, fidelity, on_world)

    @property
    def title(self) -> str:
        """One line about the lab."""
        return self.scenario.title or self.name

    @property
    def variants(self) -> list[str]:
        """Names of the designs to compare, in the scenario's order."""
        if self.folder is None:
            return []
        there = {path.name for path in (self.folder / "variants").glob("*") if path.is_dir()}
        return [name for name in self.scenario.variants if name in there] + sorted(
            there - self.scenario.variants.keys()
        )

    @property
    def flows(self) -> tuple[FlowSpec, ...]:
        """The traffic."""
        return self.scenario.flows

    @property
    def controls(self) -> tuple[Control, ...]:
        """Sliders and choices, with the configuration lines they write."""
        return self.scenario.controls

    @property
    def faults(self) -> tuple[FaultOffer, ...]:
        """The faults that the stage offers, as far as their targets exist in this design."""
        return tuple(
            offer for offer in self.scenario.offers if offer.target.partition(":")[0] in self.topology.nodes
        )

    @property
    def offers(self) -> list[tuple[str, str, str]]:
        """The faults on offer as (action, target, label)."""
        return [(offer.action, offer.target, offer.label) for offer in self.faults]

    @property
    def sequences(self) -> dict[str, tuple[str, ...]]:
        """Faults that belong together, by name: ``lab.run(faults=lab.sequences["flapping"])``."""
        return {sequence.name: sequence.faults for sequence in self.scenario.sequences}

    @property
    def layout(self) -> dict[str, Any]:
        """Positions as fractions of the map, with the kind of each device, LANs and clouds."""
        from ipsec_edu.config.layout import layout_of

        return layout_of(self.topology, self.settings, self.scenario)

    def control_lines(self, node: str, values: Mapping[str, float | str]) -> str:
        """Return the configuration that the controls, at `values`, write into `node`."""
        self._check_node(node)
        known: dict[str, object] = {control.name: control.value for control in self.controls}
        known.update(self.scenario.control_values.get(node, {}))
        known.update(values)
        blocks: dict[tuple[str, ...], None] = {}
        for control in self.controls:
            if node in control.nodes and control.name in values:
                blocks[
                    tuple(line.format(**{k: _plain(v) for k, v in known.items()}) for line in control.lines)
                ] = None
        return "\n".join(line for block in blocks for line in block)

    def _check_node(self, node: str) -> None:
        if node not in self.settings:
            near = difflib.get_close_matches(node, self.settings, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.settings)}"
            raise LabError(f"lab {self.name} has no device {node!r}; {hint}")


def _plain(value: object) -> object:
    """A whole number without its decimals: sliders hand over 20.0, devices want 20."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _folder(name: str | Path) -> Path:
    path = Path(name)
    if (
        isinstance(name, str)
        and re.fullmatch(r"[A-Za-z0-9._-]+", name)
        and (LABS / name).is_dir()
        and any((LABS / name).glob("*.clab.yml"))
    ):
        return LABS / name
    if path.is_dir():
        return path
    near = difflib.get_close_matches(str(name), bundled_labs(), 1)
    hint = (
        f"did you mean {near[0]}?" if near else f"bundled labs: {', '.join(bundled_labs())}; or give a folder"
    )
    raise LabError(f"there is no lab {str(name)!r}: {hint}")


def _fingerprint(folder: Path) -> tuple[tuple[str, int], ...]:
    """Names and times of the folder's files: a changed file is read again, an unchanged one is not."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".cfg", ".yml", ".toml"))
    return tuple((str(path), path.stat().st_mtime_ns) for path in files)


@lru_cache(maxsize=64)
def _load(folder: Path, variant: str | None, lenient: bool, fingerprint: tuple[tuple[str, int], ...]) -> Lab:
    overlay = folder / "variants" / variant if variant else None
    topology_file = (
        _only_topology(overlay) if overlay and any(overlay.glob("*.clab.yml")) else _only_topology(folder)
    )
    topology = parse_topology(_read(topology_file), _short(topology_file, folder))
    scenario_file = folder / "scenario.toml"
    scenario = parse_scenario(
        _read(scenario_file) if scenario_file.exists() else "", _short(scenario_file, folder)
    )

    def text_of(node: str, spec_path: str | None) -> str | None:
        if spec_path is None:
            return None
        path = topology_file.parent / spec_path
        if not path.exists():
            raise LabError(f"{_short(topology_file, folder)}: node {node}: there is no file {spec_path}")
        return _read(path)

    settings, problems = _settings(
        topology, text_of, lambda node: topology.nodes[node].startup_config or node, lenient=lenient
    )
    if overlay:
        extra: list[Problem] = []
        for path in sorted(overlay.glob("*.cfg")):
            node = path.stem
            if node not in settings:
                raise LabError(f"{_short(path, folder)}: there is no node {node}; name the file after a node")
            if topology_file.parent == overlay and topology.nodes[node].startup_config == path.name:
                continue
            try:
                parsed = parse(
                    _read(path),
                    settings[node].platform,
                    _short(path, folder),
                    base=settings[node],
                    lenient=lenient,
                )
            except ConfigError as error:
                extra += error.problems
                continue
            settings[node] = parsed.settings
            problems += parsed.problems
        if extra:
            raise ConfigError(extra)
    return Lab(folder.name, topology, settings, scenario, folder, variant, tuple(problems))


def _settings(
    topology: Topology,
    text_of: Callable[[str, str | None], str | None],
    file_of: Callable[[str], str],
    *,
    lenient: bool,
) -> tuple[dict[str, DeviceSettings], list[Problem]]:
    """Parse every node's text; all errors of all nodes come together."""
    settings: dict[str, DeviceSettings] = {}
    found: list[Problem] = []
    errors: list[Problem] = []
    for spec in topology.nodes.values():
        if spec.platform == "bridge":
            continue
        text = text_of(spec.name, spec.startup_config) or ""
        if spec.platform == "linux":
            text = "\n".join((*spec.exec, text))
        try:
            parsed = parse(text, spec.platform, file_of(spec.name), lenient=lenient)
        except ConfigError as error:
            errors += error.problems
            continue
        settings[spec.name] = parsed.settings
        if not parsed.settings.hostname:
            parsed.settings.hostname = spec.name
        found += parsed.problems
    if errors:
        raise ConfigError(errors)
    return settings, found


def _only_topology(folder: Path) -> Path:
    files = sorted(folder.glob("*.clab.yml")) + sorted(folder.glob("*.clab.yaml"))
    if len(files) != 1:
        raise LabError(f"{folder}: a lab folder holds exactly one *.clab.yml, found {len(files)}")
    return files[0]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabError(
            f"{path}: not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from None
    except OSError as error:
        raise LabError(f"{path}: {error.strerror}") from None


def _short(path: Path, folder: Path) -> str:
    try:
        return str(path.relative_to(folder))
    except ValueError:
        return str(path)
