"""Captures: what passed an interface, as pcapng, with the keys that open it in Wireshark.

A run does not keep its packets. To write a capture the run is played again with a tap on the
interface, which costs milliseconds and gives the same bytes.
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s
from ipsec_edu.net.interface import Port
from ipsec_edu.net.kind import describe, kind_of
from ipsec_edu.simulation import Simulation
from ipsec_edu.wire.keyfiles import EspKey, esp_sa_file, ike_file
from ipsec_edu.wire.packet import Packet
from ipsec_edu.wire.pcapng import Frame, write

if TYPE_CHECKING:
    from ipsec_edu.run import Run

__all__ = ["capture_frames", "key_material", "write_capture"]

HOW_TO = """\
Wireshark reads the two key files from its profile folder
(Help > About Wireshark > Folders > Personal configuration): copy ikev1_decryption_table and esp_sa there,
and tick Preferences > Protocols > ESP > "Attempt to detect/decode encrypted ESP payloads".
"""


def capture_frames(run: Run, port: str) -> tuple[list[Frame], Simulation]:
    """Play `run` again and return what passed ``NODE:INTERFACE``, and the simulation at its end.

    Raises
    ------
    ScenarioError
        There is no such interface.
    """
    seen: list[tuple[Frame, int]] = []
    simulation = Simulation(run.lab, tuple(run.faults), run.seed, run.fidelity, run.on_world)
    found = _port(simulation, port)

    def tap(packet: Packet, outgoing: bool, now_us: int) -> None:
        frame = Frame(now_us, found.label, packet.pack(), _comment(packet, outgoing), outgoing)
        seen.append((frame, packet.uid))

    found.tap(tap)
    simulation.run(run.until_us)
    ends = {drop.uid: drop for drop in simulation.trace.drops}
    frames = []
    for frame, uid in seen:
        drop = ends.get(uid)
        if drop is not None and drop.at_us >= frame.at_us:
            fate = f"; dies at {drop.where}, {to_s(drop.at_us):.3f} s: {drop.cause} ({drop.cause.words})"
            frame = replace(frame, comment=frame.comment + fate)
        frames.append(frame)
    return frames, simulation


def _port(simulation: Simulation, name: str) -> Port:
    ports = {
        port.label: port for device in simulation.world.devices.values() for port in device.ports.values()
    }
    if name in ports:
        return ports[name]
    short = {_abbreviated(label): label for label in ports}
    if _abbreviated(name) in short:
        return ports[short[_abbreviated(name)]]
    near = difflib.get_close_matches(name, ports, 1, 0.4)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(ports)}"
    raise ScenarioError(f"there is no interface {name!r} to capture at; {hint}")


def _abbreviated(label: str) -> str:
    """``ASA1:GigabitEthernet0/1`` and ``asa1:g0/1`` are the same place."""
    node, _, interface = label.lower().partition(":")
    letters = interface.rstrip("0123456789/.")
    return f"{node}:{letters[:1]}{interface[len(letters) :]}"


def _comment(packet: Packet, outgoing: bool) -> str:
    kind, spi, sequence = kind_of(packet)
    words = ["out" if outgoing else "in", describe(packet)]
    if kind in ("esp", "ah"):
        words.append(f"SPI 0x{spi:08x}, sequence {sequence}")
    if packet.flow:
        words.append(f"flow {packet.flow} {'answer' if packet.answer else 'packet'} {packet.number}")
    return "; ".join(words)


def key_material(simulation: Simulation) -> tuple[list[tuple[bytes, bytes]], list[EspKey]]:
    """Return (initiator cookie, key) of every IKE SA, and the keys of every ESP SA, of a played run."""
    gateways = [device.gateway for device in simulation.devices.values() if device.gateway is not None]
    ike = {cookie: key for gateway in gateways for cookie, key in gateway.ike_keys.items()}
    esp: list[EspKey] = []
    for child in (child for gateway in gateways for child in gateway.children_seen):
        name = child.transform.esp_encryption
        if child.protocol == "esp" and name is not None:
            keys = child.inbound_keys
            esp.append(
                EspKey(
                    child.peer,
                    child.local,
                    child.inbound_spi,
                    name,
                    keys[0],
                    child.transform.esp_integrity,
                    keys[1],
                )
            )
    return [(bytes.fromhex(cookie), key) for cookie, key in ike.items()], esp


def write_capture(run: Run, port: str, file: Path) -> list[Path]:
    """Write the capture and its key files; return the paths (see `Run.capture`)."""
    frames, simulation = capture_frames(run, port)
    ike, esp = key_material(simulation)
    texts = {
        "ikev1_decryption_table": ike_file(ike),
        "esp_sa": esp_sa_file(esp),
        "HOW-TO-DECRYPT.txt": f"{file.name}: {run.lab.name}, {port}, {to_s(run.until_us):g} s.\n{HOW_TO}",
    }
    written = [file]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(write(frames))
        for name, text in texts.items():
            path = file.parent / name
            path.write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise ScenarioError(f"cannot write {error.filename or file}: {error.strerror}") from None
    return written
