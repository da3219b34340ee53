"""``ping``: the exclamation marks and the line below them, on three systems."""

from __future__ import annotations

from ipsec_edu.core.addr import format_ip, parse_ip
from ipsec_edu.core.units import MS
from ipsec_edu.show.grammar import Args, find_interface
from ipsec_edu.show.state import DeviceState, EchoResult

__all__ = ["ping", "ping_linux"]

_NO_ECHO = "% A stopped moment cannot send echoes: add a flow to the scenario and run again."
_PER_LINE = 70


def _source(state: DeviceState, text: str | None) -> int | None:
    """Return the address meant by ``source``: an address, or an interface's."""
    if text is None:
        return None
    name = find_interface(state, text)
    if name is not None:
        found = state.interface(name)
        return found.address if found else None
    return parse_ip(text)


def ping(state: DeviceState, args: Args) -> str:
    """``ping A [source S] [repeat N] [size N]``; an ASA marks silence with a question mark."""
    if state.ping is None:
        return _NO_ECHO
    count, size = int(args.get("repeat", "5")), int(args.get("size", "100"))
    if not 1 <= count <= 1000:
        return "% Bad repeat count: 1 to 1000 here."
    if not 36 <= size <= 18024:
        return "% A decimal number between 36 and 18024."
    try:
        source = _source(state, args.get("source"))
    except ValueError:
        return "% Invalid source interface - IP not enabled or interface is down"
    if source is None and "source" in args:
        return "% Invalid source interface - IP not enabled or interface is down"
    results = state.ping(parse_ip(args["ip"]), source, count, size)
    lines = ["Type escape sequence to abort."]
    lines.append(f"Sending {count}, {size}-byte ICMP Echos to {args['ip']}, timeout is 2 seconds:")
    if source is not None and state.platform == "ios":
        lines.append(f"Packet sent with a source address of {format_ip(source)} ")
    marks = "".join(_mark(state.platform, result) for result in results)
    lines += [marks[at : at + _PER_LINE] for at in range(0, len(marks), _PER_LINE)]
    return "\n".join([*lines, _success(results)])


def _mark(platform: str, result: EchoResult) -> str:
    if result.rtt_us is not None:
        return "!"
    return "?" if platform == "asa" and result.mark == "." else result.mark


def _success(results: list[EchoResult]) -> str:
    """Return ``Success rate is 80 percent (4/5), round-trip min/avg/max = 1/2/4 ms``."""
    times = [max(1, round(each.rtt_us / MS)) for each in results if each.rtt_us is not None]
    sent = len(results)
    text = f"Success rate is {100 * len(times) // sent if sent else 0} percent ({len(times)}/{sent})"
    if times:
        text += f", round-trip min/avg/max = {min(times)}/{sum(times) // len(times)}/{max(times)} ms"
    return text


def ping_linux(state: DeviceState, args: Args) -> str:
    """``ping [-c N] A``."""
    if state.ping is None:
        return _NO_ECHO
    count, address = int(args.get("number", "4")), args["ip"]
    if not 1 <= count <= 1000:
        return "ping: invalid argument: 1 <= count <= 1000 here"
    results = state.ping(parse_ip(address), None, count, 84)
    lines = [f"PING {address} ({address}) 56(84) bytes of data."]
    for number, result in enumerate(results, 1):
        if result.rtt_us is not None:
            lines.append(f"64 bytes from {address}: icmp_seq={number} time={result.rtt_us / MS:.2f} ms")
    times = [result.rtt_us / MS for result in results if result.rtt_us is not None]
    lost = 100 * (len(results) - len(times)) // max(1, len(results))
    lines += ["", f"--- {address} ping statistics ---"]
    lines.append(f"{len(results)} packets transmitted, {len(times)} received, {lost}% packet loss")
    if times:
        mean = sum(times) / len(times)
        spread = (sum((each - mean) ** 2 for each in times) / len(times)) ** 0.5
        lines.append(f"rtt min/avg/max/mdev = {min(times):.3f}/{mean:.3f}/{max(times):.3f}/{spread:.3f} ms")
    return "\n".join(lines)
