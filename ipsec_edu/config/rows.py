"""How a command table is written: short words for the kinds of row, and address patterns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipsec_edu.config.grammar import Rule

__all__ = ["address", "block", "ignore", "later", "model", "ports", "remove", "state"]


def model(pattern: str, action: Callable[[Any, Any], Any], opens: str = "") -> Rule:
    """Return a row that the simulator acts on."""
    return Rule(pattern, "model", action, opens)


def remove(pattern: str, action: Callable[[Any, Any], Any], opens: str = "") -> Rule:
    """Return a row that holds only behind ``no``: it may be shorter than what it takes away."""
    return Rule(pattern, "model", action, opens, "", True)


def state(label: str, *patterns: str, opens: str = "") -> list[Rule]:
    """Return rows that are read and kept, and said once to have no effect."""
    return [Rule(pattern, "state", None, opens, label) for pattern in patterns]


def later(label: str, *patterns: str, opens: str = "") -> list[Rule]:
    """Return rows of subjects that other labs need: read word by word, no effect so far."""
    return [Rule(pattern, "later", None, opens, label) for pattern in patterns]


def ignore(patterns: str) -> list[Rule]:
    """Return rows, one a line, that change nothing that is simulated: kept without a word."""
    return [Rule(pattern.strip(), "ignore") for pattern in patterns.strip().splitlines()]


def block(patterns: str, label: str = "") -> list[Rule]:
    """Return rows that open a block in which anything may stand (silent without a `label`)."""
    kind = "state" if label else "ignore"
    return [Rule(pattern.strip(), kind, None, "block", label) for pattern in patterns.strip().splitlines()]


def address(side: str, platform: str) -> str:
    """Return the pattern of one address of an access list; `side` is ``s`` or ``d``."""
    if platform == "ios":
        return (
            f"(any | host <ip:{side}host> | object-group <name:{side}name> | <ip:{side}net> "
            f"<wildcard:{side}len>)"
        )
    return (
        f"(any | any4 | host <ip:{side}host> | (object | object-group) <name:{side}name> | interface "
        f"<name:{side}if> "
        f"| <ip:{side}net> <mask:{side}len>)"
    )


def ports(side: str) -> str:
    """Return the pattern of the ports on one side of a tcp or udp line."""
    return (
        f"[eq <port:{side}eq>+ | neq <port:{side}neq> | gt <port:{side}gt> | lt <port:{side}lt> "
        f"| range <port:{side}from> <port:{side}to>]"
    )
