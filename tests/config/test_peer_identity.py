"""What an ASA insists on in its peer's identity."""

from __future__ import annotations

import pytest

from ipsec_edu.config.wiring import ike_settings
from tests.config.helpers import ASA1, asa


@pytest.mark.parametrize(
    ("line", "insists_on"), [("", None), ("peer-id-validate req", None), ("peer-id-validate nocheck", "")]
)
def test_peer_id_validate_decides_whether_the_identity_must_be_the_address(line, insists_on):
    (peer,) = ike_settings(asa(f"{ASA1} {line}\n")).peers
    assert peer.peer_identity == insists_on
