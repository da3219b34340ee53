"""IOS keeps transport mode for what the two gateways themselves say; hosts behind them get tunnel mode."""

from __future__ import annotations

import pytest

from ipsec_edu import Lab, teach
from ipsec_edu.run import Run

OUTSIDE = "GW1:GigabitEthernet0/1"
TRANSPORT = "crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac\n mode transport"


def esp_sizes(run: Run) -> set[int]:
    return {hop.size for hop in run.trace.hops if hop.sender == OUTSIDE and hop.kind == "esp"}


def lab(*gateways: str) -> Lab:
    made = Lab.load("two-routers")
    for node in gateways:
        made = made.configure(node, TRANSPORT)
    return made


@pytest.mark.parametrize("gateways", [("GW1",), ("GW2",), ("GW1", "GW2")])
def test_for_hosts_behind_the_gateways_the_line_is_ignored(gateways: tuple[str, ...]) -> None:
    plain, run = lab().run(until=6), lab(*gateways).run(until=6)
    assert esp_sizes(run) == esp_sizes(plain) != set()
    assert teach.marks(run) == teach.marks(plain) == ".!!!!"


def test_between_the_gateways_it_saves_a_header() -> None:
    hosts = Lab.load("two-routers").variant("transport")
    both = teach.with_flow(hosts, "GW1", "203.0.113.2").run(until=6)
    assert teach.marks(both) == ".!!!!"
    tunnel = "crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac\n mode tunnel"
    changed = hosts.configure("GW1", tunnel).configure("GW2", tunnel)
    other = teach.with_flow(changed, "GW1", "203.0.113.2").run(until=6)
    assert teach.marks(other) == ".!!!!" and max(esp_sizes(both)) < max(esp_sizes(other))


def test_one_end_in_transport_mode_the_other_in_tunnel_mode_do_not_agree() -> None:
    hosts = Lab.load("two-routers").variant("transport")
    tunnel = "crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac\n mode tunnel"
    run = teach.with_flow(hosts.configure("GW1", tunnel), "GW1", "203.0.113.2").run(until=6)
    assert "!" not in teach.marks(run)
    assert "NO-PROPOSAL-CHOSEN" in {message.notify for message in run.messages}
