"""Configuration text to settings and back, for IOS, ASA and Linux hosts."""

from __future__ import annotations

from ipsec_edu.config.names import canonical_interface
from ipsec_edu.config.parser import Parsed, new_settings, parse

__all__ = ["Parsed", "canonical_interface", "new_settings", "parse"]
