"""Configuration text to settings and back, for IOS, ASA and Linux hosts."""

from __future__ import annotations

from ipsec_edu.config.check import check_device
from ipsec_edu.config.names import canonical_interface
from ipsec_edu.config.parser import Parsed, new_settings, parse
from ipsec_edu.config.running import running_config
from ipsec_edu.config.text import split_devices

__all__ = [
    "Parsed",
    "canonical_interface",
    "check_device",
    "new_settings",
    "parse",
    "running_config",
    "split_devices",
]
