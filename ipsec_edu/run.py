"""A run: the immutable trace of one lab, one configuration, one list of faults, one seed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.ledger import Outage, holder_on_the_way, ledger_of
from ipsec_edu.net.faults import Fault
from ipsec_edu.simulation import Simulation
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import LogLine, Message, Probe, RouteChange, SaRecord

if TYPE_CHECKING:
    from ipsec_edu.lab import Lab
    from ipsec_edu.net.world import World
    from ipsec_edu.show.state import DeviceState
    from ipsec_edu.views.compare_data import Comparison
    from ipsec_edu.views.compare_many import Comparisons

__all__ = ["Moment", "Run"]


class Moment:
    """A run stopped at one time: every device can be asked.

    Made by running the lab again up to that time; the devices that answer are the
    simulation's own.
    """

    def __init__(self, run: Run, simulation: Simulation) -> None:
        self.run = run
        self.simulation = simulation
        self.t_us = simulation.now_us

    @property
    def t(self) -> float:
        """The moment in simulated seconds."""
        return to_s(self.t_us)

    def device(self, node: str) -> DeviceState:
        """Return everything that `node` knows at this moment (LabError if there is none)."""
        return self.simulation.device_state(node)

    def show(self, node: str, command: str) -> str:
        """Return what `node` answers to an exec command, as it would print it.

        Parameters
        ----------
        node : str
            A device of the lab.
        command : str
            ``show crypto ikev1 sa``, ``sh ip route``, ``ping 192.168.2.2`` ...; an unknown
            command answers as the device does. A ``ping`` or ``packet-tracer`` sends packets,
            so it is played on a copy of the moment: the moment itself does not change.
        """
        from ipsec_edu.show.command import execute

        self.simulation.check_device(node)
        if command.split()[:1] and command.split()[0].lower().startswith(("pi", "pa", "do")):
            aside = self.run.simulate(self.t_us)
            return execute(aside.device_state(node), command)
        return execute(self.device(node), command)


class Run:
    """The result of `Lab.run`; see the attributes for what it recorded.

    Attributes
    ----------
    trace : Trace
        All records.
    until_us, seed, fidelity
        As asked for.
    """

    def __init__(
        self,
        lab: Lab,
        until_us: int,
        faults: tuple[Fault, ...],
        seed: int,
        fidelity: str,
        trace: Trace,
        on_world: Callable[[World], None] | None = None,
    ) -> None:
        self.lab = lab
        self.until_us = until_us
        self.seed = seed
        self.fidelity = fidelity
        self.trace = trace
        self._faults = faults
        self.on_world = on_world
        self._moment: Moment | None = None

    @classmethod
    def make(
        cls,
        lab: Lab,
        until_us: int,
        faults: tuple[str, ...],
        seed: int,
        fidelity: str,
        on_world: Callable[[World], None] | None = None,
    ) -> Run:
        """Play `lab` from zero to `until_us`; `Lab.run` is the way in."""
        simulation = Simulation(lab, faults, seed, fidelity, on_world)
        simulation.run(until_us)
        return cls(lab, until_us, simulation.faults, seed, fidelity, simulation.trace, on_world)

    @property
    def faults(self) -> list[str]:
        """The fault lines, in canonical form and in order of time."""
        return [fault.text for fault in self._faults]

    @property
    def flows(self) -> dict[str, list[Probe]]:
        """Every probe of every flow."""
        return self.trace.probes

    @property
    def sas(self) -> list[SaRecord]:
        """Every SA that any device held or tried to."""
        return self.trace.sas

    @property
    def messages(self) -> list[Message]:
        """Every ISAKMP message."""
        return self.trace.messages

    @property
    def routes(self) -> list[RouteChange]:
        """Every route that came or went."""
        return self.trace.routes

    @property
    def log(self) -> list[LogLine]:
        """Every line that a device logged."""
        return self.trace.log

    @property
    def drops(self) -> dict[str, int]:
        """Packets by the cause of their end, sorted by cause."""
        return {cause.value: count for cause, count in sorted(self.trace.books.dropped.items())}

    @cached_property
    def _ledger(self) -> tuple[Outage, ...]:
        return tuple(ledger_of(self.trace, self.until_us, self._flow_ends()))

    def _flow_ends(self) -> dict[str, set[int]]:
        """Return the addresses of both ends of each flow."""
        ends = {}
        for flow in self.lab.flows:
            device = self.lab.settings.get(flow.source)
            own = (
                {i.address for i in device.interfaces.values() if i.address is not None} if device else set()
            )
            ends[flow.name] = {parse_ip(flow.to), *own}
        return ends

    def ledger(self, flow: str | None = None) -> list[Outage]:
        """Return every outage with its parts, which follow each other and sum to the whole."""
        if flow is not None and flow not in self.trace.probes:
            raise ScenarioError(f"there is no flow {flow!r}; flows are {', '.join(self.trace.probes)}")
        return [outage for outage in self._ledger if flow in (None, outage.flow)]

    def lab_gateway(self, flow: str) -> str | None:
        """Return the device that protects the packets of `flow`: the first on their way that held SAs."""
        return holder_on_the_way(flow, self.trace)

    def simulate(self, until_us: int) -> Simulation:
        """Play the same run again up to `until_us` and return it, stopped."""
        simulation = Simulation(self.lab, tuple(self.faults), self.seed, self.fidelity, self.on_world)
        simulation.run(until_us)
        return simulation

    def at(self, t: float) -> Moment:
        """Return the run stopped at `t` seconds (everything up to and including `t` has happened).

        Raises
        ------
        ScenarioError
            `t` lies outside the run.
        """
        t_us = to_us(t) if math.isfinite(t) else -1
        if not 0 <= t_us <= self.until_us:
            raise ScenarioError(
                f"{t} s lies outside the run, which lasts from 0 to {to_s(self.until_us):g} s"
            )
        last = self._moment
        if last is not None and last.t_us == t_us:
            return last
        self._moment = Moment(self, self.simulate(t_us))
        return self._moment

    def capture(self, port: str, file: str | Path) -> list[Path]:
        """Write what passed ``NODE:INTERFACE`` as pcapng, with Wireshark's key files beside it.

        Returns
        -------
        list of Path
            The capture, ``esp_sa``, ``ikev1_decryption_table`` and a note on how to use them.
        """
        from ipsec_edu.capture import write_capture

        return write_capture(self, port, Path(file))

    def figure(self) -> Any:
        """Return the time axis with all lanes as a static matplotlib figure."""
        from ipsec_edu.views.figure import figure

        return figure(self)

    def stage(self, **options: Any) -> Any:
        """Return the interactive view, a widget for a notebook."""
        from ipsec_edu.views.stage import stage

        return stage(self, **options)

    def export_html(
        self,
        file: str | Path | None = None,
        faults: Iterable[Sequence[str]] | None = None,
        *,
        start: float = 0.0,
    ) -> Path | str:
        """Make the stage one HTML file that plays without kernel and network.

        Parameters
        ----------
        file : path, optional
            Where to write it (default: return the page as text).
        faults : iterable of lists of str, optional
            Further runs that its reader may choose by breaking things; each entry is the whole list
            of faults of one run (default: each fault that the lab offers; an empty list: none).
        start : float
            Where the playhead stands at first, in seconds.

        Returns
        -------
        Path or str
            The file, or the page if no file was named.

        Raises
        ------
        ScenarioError
            A fault is not possible in this lab, `start` lies outside the run, or the file cannot
            be written.
        """
        from ipsec_edu.views.export import export_html

        page = export_html(self, faults, start=start)
        if file is None:
            return page
        path = Path(file)
        try:
            path.write_text(page, encoding="utf-8")
        except OSError as error:
            words = f"{path} cannot be written ({error.strerror}); choose another place"
            raise ScenarioError(words) from None
        return path

    @overload
    def compare(self, other: Run, names: Sequence[str] = ...) -> Comparison: ...

    @overload
    def compare(self, other: Run, third: Run, /, *more: Run, names: Sequence[str] = ...) -> Comparisons: ...

    def compare(
        self, other: Run, *more: Run | Sequence[str], names: Sequence[str] = ()
    ) -> Comparison | Comparisons:
        """Hold this run (A) against `other` (B): differences, a table, and a stage with both.

        Parameters
        ----------
        other : Run
            A run of the same length.
        *more : Run
            A third and a fourth: then there is a table of all, and a stage with the lanes of all.
        names : sequence of str
            What to call them beside their letters.

        Raises
        ------
        ScenarioError
            The runs do not end at the same time, or are more than four.
        """
        from ipsec_edu.views.compare_data import Comparison
        from ipsec_edu.views.compare_many import Comparisons

        runs = [run for run in more if isinstance(run, Run)]
        if len(runs) < len(more):  # names, given by place
            names = next(given for given in more if not isinstance(given, Run))
        if runs:
            return Comparisons([self, other, *runs], names)
        return Comparison(self, other, names or ("", ""))

    def to_dict(self) -> dict[str, Any]:
        """Return the run as the command line's ``run --json`` prints it."""
        from ipsec_edu.report import run_to_dict

        return run_to_dict(self)

    def to_json(self) -> str:
        """Return `to_dict` as text; two runs with the same inputs give identical bytes."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)

    def __repr__(self) -> str:
        lost = sum(probe.lost_us is not None for probes in self.flows.values() for probe in probes)
        variant = f", variant {self.lab.variant_name}" if self.lab.variant_name else ""
        length = f"{to_s(self.until_us):g} s, {len(self.faults)} faults"
        return f"<Run of {self.lab.name}{variant}: {length}, {lost} packets lost>"
