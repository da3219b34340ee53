"""``ipsec-edu check``: every problem of a lab folder at once, the variants included."""

from __future__ import annotations

from pathlib import Path

from ipsec_edu.config.check import check_device
from ipsec_edu.config.check_links import check_links
from ipsec_edu.core.errors import ConfigError, LabError, Problem
from ipsec_edu.lab import Lab

__all__ = ["check_folder"]


def check_folder(folder: str | Path) -> list[Problem]:
    """Return all findings about the lab in `folder`, errors first, each once.

    Raises
    ------
    LabError
        The folder does not exist (what is wrong *inside* it is a Problem, not an exception).
    """
    if not Path(folder).is_dir():
        Lab.load(folder)  # a bundled name, or the error that says what there is
    found: dict[Problem, None] = {}
    base = _load(folder, None, found)
    for variant in base.variants if base else ():
        _load(folder, variant, found)
    order = {"error": 0, "warning": 1, "not-modelled": 2}
    return sorted(found, key=lambda p: (order.get(p.severity, 3), p.file, p.line))


def _load(folder: str | Path, variant: str | None, found: dict[Problem, None]) -> Lab | None:
    try:
        lab = Lab.load(folder).variant(variant)
    except ConfigError as error:
        found.update(dict.fromkeys(error.problems))
        return None
    except LabError as error:
        found[Problem(str(folder), 0, 0, "error", "", str(error))] = None
        return None
    found.update(dict.fromkeys(lab.problems))
    if variant is None:
        for node, settings in lab.settings.items():
            file = lab.topology.nodes[node].startup_config or node
            found.update(dict.fromkeys(check_device(settings, file)))
        found.update(dict.fromkeys(check_links(lab.topology, lab.settings, _texts(lab))))
    return lab


def _texts(lab: Lab) -> dict[str, str]:
    """The configurations as they stand in the folder."""
    return {
        node: (lab.folder / spec.startup_config).read_text(encoding="utf-8-sig")
        for node, spec in lab.topology.nodes.items()
        if lab.folder is not None and spec.startup_config
    }
