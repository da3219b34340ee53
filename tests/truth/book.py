"""What the comparisons found, kept while they run, so that a page can say it without anybody typing it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.truth.facts import DAEMON, EXCHANGES
from tests.truth.facts_routing import ROUTING_DAEMON

if TYPE_CHECKING:
    from tests.live.charon import Connection
    from tests.truth.compare import Row
    from tests.truth.compare_routing import SpreadRow

__all__ = ["Book", "bytes_off"]


def bytes_off(name: str, messages: Sequence[tuple[Any, ...]]) -> int:
    """Return by how many bytes the messages of an exchange differ from the measured ones."""
    facts = EXCHANGES[name][3]
    assert len(messages) == len(facts)
    return sum(abs(message[4] - fact.size) for message, fact in zip(messages, facts, strict=True))


@dataclass(slots=True)
class Book:
    """Rows of results, by part of the page; a row is only written by a comparison that passed."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, part: str, **row: Any) -> None:
        """Add a row to a part."""
        self.rows.setdefault(part, []).append(row)

    def live(
        self,
        version: str,
        name: str,
        role: str,
        connection: Connection,
        messages: Sequence[tuple[Any, ...]],
    ) -> None:
        """Add a tunnel that was built with a daemon."""
        self.add(
            "tunnels",
            daemon=version,
            name=name,
            role=role,
            ike=connection.ike,
            esp=connection.esp,
            mode="aggressive" if connection.aggressive else "main",
            sizes=[message[4] for message in messages],
            off=bytes_off(name, messages) if name in EXCHANGES else None,
        )

    def timeline(self, case: str, rows: Sequence[Row]) -> None:
        """Add the numbers of a case that was simulated."""
        for row in rows:
            self.add(
                "timelines",
                daemon=DAEMON,
                case=case,
                what=row.what,
                measured=row.measured,
                simulated=row.simulated,
                off=row.off,
                allowed=row.allowed,
            )

    def ways(self, part: str, case: str, rows: Sequence[SpreadRow]) -> None:
        """Add the spreads of a case in which a way was lost (parts ``links`` and ``identities``)."""
        for row in rows:
            self.add(
                part,
                daemon=f"{DAEMON} with {ROUTING_DAEMON}" if part == "links" else DAEMON,
                case=case,
                what=row.what,
                measured=row.measured,
                simulated=row.simulated,
                off=row.off,
                allowed=row.allowed,
                unreached=row.unreached,
                because=row.because,
            )

    def save(self, path: Path) -> None:
        """Write everything down as JSON."""
        path.write_text(json.dumps(self.rows, indent=1))
