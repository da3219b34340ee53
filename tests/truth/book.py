"""What the comparisons found, kept while they run, so that a page can say it without anybody typing it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.live.charon import Connection

__all__ = ["Book"]


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
        messages: list[tuple[object, ...]],
        result: dict[str, Any],
    ) -> None:
        """Add a tunnel that was built with a daemon."""
        answered = [ping["rtt"] for ping in result["pings"] if ping["answered"]]
        self.add(
            "tunnels",
            daemon=version,
            name=name,
            role=role,
            ike=connection.ike,
            esp=connection.esp,
            mode="aggressive" if connection.aggressive else "main",
            sizes=[message[4] for message in messages],
            ping_ms=None if not answered else 1000 * answered[0],
        )

    def save(self, path: Path) -> None:
        """Write everything down as JSON."""
        path.write_text(json.dumps(self.rows, indent=1))
