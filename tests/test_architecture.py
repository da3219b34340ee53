"""The rules of ARCHITECTURE.md, read off the code itself."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import ipsec_edu

PACKAGE = Path(ipsec_edu.__file__).parent
FLOORS = {
    0: {"wire", "trace", "core"},
    1: {"ike", "ipsec", "routing", "overlay", "redundancy"},
    2: {"net"},
    3: {"config", "live"},
    4: {"show", "ledger", "trials"}
    | {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__", "cli"},
    5: {"labs", "claims", "teach"},
    6: {"views", "cli", "__main__"},
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms}
SAME_FLOOR_ALLOWED = {0, 4, 6}
"""Floors whose rooms may use each other; the protocol cores of floor 1 may not."""
RECORDS_SHARED = {("ipsec", "ipsec_edu.ike.events"), ("ipsec", "ipsec_edu.ike.settings")}
LAZY_UPWARD = {("run", "views"), ("lab", "labs"), ("trials", "views")}
"""`run.figure()` and `run.stage()` are promised to users; the import stands inside the function."""
HEAVY = {"scapy", "matplotlib", "networkx", "numpy", "ipywidgets", "anywidget", "IPython", "traitlets"}
WIDGETS = {"anywidget", "traitlets", "ipywidgets", "IPython"}
HAVE_WIDGETS = {"views", "teach"}
"""A widget's class needs its base class when it is defined; nothing imports those modules early."""
ONLY_IN = {"simpy": {"net/clock.py"}, "scapy": {"wire/scapy_bridge.py"}}
LINES_AT_MOST = 400
NAMES_AT_MOST = 24

MODULES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Return the parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def room_of(dotted: str) -> str | None:
    """Return the room of a dotted module name; None for the package itself and for others' modules."""
    parts = dotted.split(".")
    return parts[1] if parts[0] == "ipsec_edu" and len(parts) > 1 else None


def imports(node: ast.AST, path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each imported module with whether it is loaded at import time; typing-only ones are left out."""

    def walk(node: ast.AST, at_import: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, at_import) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    parents = name_of(path).split(".")[: -child.level]
                    base = ".".join([*parents, *([base] if base else [])])
                yield base, at_import
                if base.split(".")[0] == "ipsec_edu":
                    candidates = (f"{base}.{alias.name}" for alias in child.names)
                    yield from ((name, at_import) for name in candidates if is_module(name))
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                for part in child.orelse:
                    yield from walk(part, at_import)
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                yield from walk(child, False)
            else:
                yield from walk(child, at_import)

    return walk(node, True)


def is_module(dotted: str) -> bool:
    """Tell whether a dotted name is a module or package of ours."""
    place = PACKAGE.parent.joinpath(*dotted.split("."))
    return place.with_suffix(".py").exists() or place.is_dir()


def floor_of(room: str) -> int:
    """Return the floor of a room."""
    assert room in FLOOR, f"{room} stands on no floor: add it to ARCHITECTURE.md and to FLOORS"
    return FLOOR[room]


def upward(path: Path, module: ast.Module) -> list[str]:
    """Return the imports of a module that the floors forbid."""
    room = room_of(name_of(path))
    if room is None:
        return []
    wrong = []
    for target, at_import in imports(module, path):
        other = room_of(target)
        if other is None or other == room or (room, target) in RECORDS_SHARED:
            continue
        if (room, other) in LAZY_UPWARD and not at_import:
            continue
        here, there = floor_of(room), floor_of(other)
        if there > here or (there == here and here not in SAME_FLOOR_ALLOWED):
            wrong.append(f"{name_of(path)} (floor {here}) imports {target} (floor {there})")
    return wrong


def test_imports_only_go_down() -> None:
    assert [wrong for path in MODULES for wrong in upward(path, tree(path))] == []


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("wire/x.py", "from ipsec_edu.net import clock"),
        ("wire/x.py", "def f():\n    import ipsec_edu.net.clock"),
        ("ike/x.py", "from ipsec_edu.ipsec.sa import OutboundSa"),
        ("ipsec/x.py", "from ..ike import core"),
        ("run.py", "import ipsec_edu.views.stage"),
        ("show/x.py", "from ipsec_edu import cli"),
    ],
)
def test_an_import_upward_or_sideways_would_be_seen(place: str, code: str) -> None:
    assert upward(PACKAGE / place, ast.parse(code)) != []


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("net/x.py", "from ipsec_edu.wire.packet import Packet"),
        ("ipsec/x.py", "from ipsec_edu.ike.events import ChildSa"),
        ("run.py", "def figure():\n    from ipsec_edu.views.figure import figure"),
        ("wire/x.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ipsec_edu.net.clock"),
    ],
)
def test_an_import_downward_is_let_pass(place: str, code: str) -> None:
    assert upward(PACKAGE / place, ast.parse(code)) == []


def early(path: Path, module: ast.Module) -> set[str]:
    """Return the heavy packages that importing this module loads."""
    heavy = {target.split(".")[0] for target, at_import in imports(module, path) if at_import} & HEAVY
    return heavy - (WIDGETS if path.relative_to(PACKAGE).parts[0] in HAVE_WIDGETS else set())


def test_a_heavy_package_is_imported_inside_functions_only() -> None:
    assert {name_of(path): heavy for path in MODULES if (heavy := early(path, tree(path)))} == {}
    assert early(PACKAGE / "wire/x.py", ast.parse("import networkx as nx")) == {"networkx"}
    assert early(PACKAGE / "wire/x.py", ast.parse("def f():\n    import networkx as nx")) == set()


@pytest.mark.parametrize(("package", "files"), ONLY_IN.items(), ids=list(ONLY_IN))
def test_one_file_knows_the_package(package: str, files: set[str]) -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(target.split(".")[0] == package for target, _ in imports(tree(path), path))
    }
    assert users <= files


def manners(path: Path, module: ast.Module) -> list[str]:
    """Return what a reader misses in this module."""
    names = {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    futures = [n for n in module.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    missing = [] if ast.get_docstring(module) else ["a docstring that says what it is"]
    if path.name != "__init__.py" or len(module.body) > 1:
        missing += [] if futures else ["from __future__ import annotations"]
        missing += [] if "__all__" in names else ["__all__: what it offers"]
    return [f"{name_of(path)}: {what}" for what in missing]


def test_a_module_says_what_it_is_and_what_it_offers() -> None:
    assert [lack for path in MODULES for lack in manners(path, tree(path))] == []
    assert len(manners(PACKAGE / "wire/x.py", ast.parse("VALUE = 1"))) == 3


def test_a_module_can_be_read_in_one_go() -> None:
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: count for name, count in lines.items() if count > LINES_AT_MOST} == {}


def test_the_public_surface_is_small_and_every_name_loads() -> None:
    assert 0 < len(ipsec_edu.__all__) <= NAMES_AT_MOST
    for name in ipsec_edu.__all__:
        assert getattr(ipsec_edu, name) is not None
    with pytest.raises(AttributeError):
        _ = ipsec_edu.no_such_name


def loaded_after(code: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after `code`."""
    ask = f"{code}\nimport sys, json; print(json.dumps([name.split('.')[0] for name in sys.modules]))"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout))


def test_the_package_loads_nothing_heavy() -> None:
    everything = "import ipsec_edu\nfor name in ipsec_edu.__all__: getattr(ipsec_edu, name)"
    assert loaded_after(everything) & (HEAVY | {"cryptography"}) == set()
    assert "networkx" in loaded_after("import networkx")
