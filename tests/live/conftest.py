"""One daemon for all live tests; every scenario has a peer address, and so a connection, of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.charon import Charon, Connection
from tests.live.namespaces import Namespaces
from tests.live.peer import Peer
from tests.live.scenarios import CONNECTIONS

Start = Callable[..., Peer]


@pytest.fixture(scope="session")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Namespaces]:
    """Two namespaces, which the machine may forbid."""
    try:
        namespaces = Namespaces(tmp_path_factory.mktemp("wire"))
    except RuntimeError as error:
        pytest.skip(str(error))
    yield namespaces
    namespaces.close()


@pytest.fixture(scope="session")
def charon(wire: Namespaces, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Charon]:
    """strongSwan with all connections."""
    daemon = Charon(wire, list(CONNECTIONS.values()), tmp_path_factory.mktemp("charon"))
    yield daemon
    daemon.close()


@pytest.fixture
def start(wire: Namespaces, charon: Charon, tmp_path: Path) -> Iterator[Start]:
    """Start our end of a connection; it is ended with the test."""
    peers: list[Peer] = []

    def begin(connection: Connection, *options: str) -> Peer:
        folder = tmp_path / str(len(peers))
        folder.mkdir()
        peers.append(Peer(wire, connection, folder, *options))
        return peers[-1]

    yield begin
    for peer in peers:
        peer.process.stop()
