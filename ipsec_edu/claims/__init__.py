"""Numbered statements about IPsec, each an experiment with a verdict and a negative control."""

from __future__ import annotations

from ipsec_edu.claims.registry import Claim, ClaimResult, numbers_of, registered, run

__all__ = ["Claim", "ClaimResult", "numbers_of", "registered", "run"]
