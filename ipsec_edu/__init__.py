"""ipsec_edu: a flight simulator for IPsec fault tolerance.

    >>> from ipsec_edu import Lab
    >>> run = Lab.load("site-to-site").run(until=120, faults=["30 cut ASA1:GigabitEthernet0/1"])
    >>> print(run.at(42.0).show("ASA1", "show crypto ikev1 sa"))  # doctest: +SKIP

The names below are the whole top-level surface; everything is loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipsec_edu.core.errors import ConfigError, IpsecEduError, LabError, ScenarioError, WireError
    from ipsec_edu.lab import Lab, bundled_labs
    from ipsec_edu.ledger import Outage, Part
    from ipsec_edu.run import Moment, Run
    from ipsec_edu.trials.chaos import chaos
    from ipsec_edu.trials.sweep import sweep

__version__ = "0.1.0"

__all__ = [
    "ConfigError",
    "IpsecEduError",
    "Lab",
    "LabError",
    "Moment",
    "Outage",
    "Part",
    "Run",
    "ScenarioError",
    "WireError",
    "bundled_labs",
    "chaos",
    "sweep",
]

_HOME = {
    "Lab": "lab",
    "bundled_labs": "lab",
    "Run": "run",
    "Moment": "run",
    "Outage": "ledger",
    "Part": "ledger",
    "chaos": "trials.chaos",
    "sweep": "trials.sweep",
    "ConfigError": "core.errors",
    "IpsecEduError": "core.errors",
    "LabError": "core.errors",
    "ScenarioError": "core.errors",
    "WireError": "core.errors",
}


def __getattr__(name: str) -> object:
    """Load a public name on first use, so that the import itself stays light."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
