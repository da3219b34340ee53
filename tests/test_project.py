"""What surrounds the code: notebooks, environments, locks, the README's commands, the wheel."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("**/*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = ("3.11", "3.12", "3.13")


def tracked() -> list[Path]:
    """Return the files of the repository (all files beside the code where there is no git)."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listing = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
        return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]


def texts() -> dict[str, str]:
    """Return the repository's text files by their path."""
    found = {}
    for path in tracked():
        try:
            found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def canonical(requirement: str) -> str:
    """Return the name in a requirement as an index spells it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~;\[]", requirement.strip(), maxsplit=1)[0]).lower()


def pins(name: str) -> dict[str, str]:
    """Return the packages of a lock file with their lines."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return {canonical(line): line for line in lines if line and not line.startswith("#")}


# What a checkout may not hold


HOME = re.compile(rf"(?<![\w.])/(?:home|root|Users)/\w+|{re.escape(str(ROOT))}/")
"""Absolute paths of somebody's own machine: home folders, and the place of this checkout."""


def test_no_file_names_somebodys_machine() -> None:
    here = Path(__file__).relative_to(ROOT).as_posix()
    found = [
        f"{name}:{text[: hit.start()].count(chr(10)) + 1}: {hit.group()}"
        for name, text in texts().items()
        if name != here
        for hit in HOME.finditer(text)
    ]
    assert found == []
    assert HOME.search("see /home/ann/notes")
    assert HOME.search(f"cd {ROOT}/docs")
    assert not HOME.search("docs/home/plan")


def test_what_tools_make_is_not_tracked() -> None:
    made = re.compile(r"(^|/)(\.venv|__pycache__|build|\.\w+_cache|\.ipynb_checkpoints|[^/]+\.egg-info)/")
    assert [name for name in texts() if made.search(name)] == []
    assert made.search(".venv/bin/python")
    assert made.search("ipsec_edu/__pycache__/x.pyc")


def test_no_file_is_larger_than_a_picture() -> None:
    assert [path.name for path in tracked() if path.stat().st_size > 2_000_000] == []


# Notebooks


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_clean(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []
    assert (notebook["nbformat"], notebook["nbformat_minor"]) >= (4, 5), "cell ids came with format 4.5"
    assert len({cell["id"] for cell in cells}) == len(cells), "two cells share an id"
    assert "widgets" not in notebook["metadata"], "saved widget state is an output too"
    assert notebook["metadata"].get("kernelspec", {}).get("name") == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebooks_code_needs_no_path_and_no_network(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert not re.search(r"sys\.path|https?://|!\s*pip|%pip", code)


# Environments


def test_conda_and_binder_install_the_same() -> None:
    assert (ROOT / "environment.yml").read_text() == (ROOT / "binder/environment.yml").read_text()


def test_binders_list_is_the_packages_list_at_the_locked_versions() -> None:
    python, _, pip = yaml.safe_load((ROOT / "binder/environment.yml").read_text())["dependencies"]
    assert re.fullmatch(r"python=3\.\d+", python), "Binder understands an exact minor version only"
    assert python.removeprefix("python=") in PYTHONS
    extras = PROJECT["optional-dependencies"]
    wanted = {canonical(item) for item in PROJECT["dependencies"] + extras["lab"] + extras["scapy"]}
    listed = {canonical(item): item for item in pip["pip"]}
    assert set(listed) == wanted
    locked = pins("runtime")
    assert [item for name, item in listed.items() if "==" in item and locked[name] != item] == []
    local = [item for item in pip["pip"] if item.startswith(("-", ".", "/"))]
    assert not local, "a local path costs the cache"


def test_binder_would_build_from_these_files() -> None:
    """Traps: other files shadow the list; a version range selects Python 3.10 without a word."""
    answer = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "DOCKER_HOST": "unix:///nonexistent"},
    )
    plan = answer.stdout + answer.stderr
    assert answer.returncode == 0, plan
    assert re.search(r'env update .*--file "binder/environment\.yml"', plan)
    assert "Building conda environment for python=3.12" in plan
    assert "RUN ./binder/postBuild" in plan
    listed = plan.index("COPY --chown=0:0 src/binder/environment.yml")
    everything = plan.index("COPY --chown=0:0 src/ ${REPO_DIR}")
    assert listed < plan.index("env update") < everything, "so a commit does not solve the environment again"


def test_what_binder_runs_is_executable_and_finds_its_files() -> None:
    script = ROOT / "binder/postBuild"
    assert script.stat().st_mode & 0o111
    assert "pip install --no-deps ." in script.read_text()
    settings = json.loads((ROOT / "binder/overrides.json").read_text())
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert not (ROOT / ".binder").exists(), "two folders are an error"


# Locks


@pytest.mark.parametrize("name", ["runtime", "test", "bench"])
def test_a_lock_pins_exactly_and_names_no_index(name: str) -> None:
    for line in pins(name).values():
        assert re.fullmatch(r'[a-z0-9-]+==[\w.!+]+( ; python_version >= "3\.\d+")?', line), line


def test_the_locks_cover_what_the_package_asks_for() -> None:
    extras = PROJECT["optional-dependencies"]
    runtime = {canonical(item) for item in PROJECT["dependencies"] + extras["lab"] + extras["scapy"]}
    assert runtime <= set(pins("runtime"))
    assert runtime | {canonical(item) for item in extras["test"]} <= set(pins("test"))
    assert pins("runtime").items() <= pins("test").items() <= pins("bench").items()
    assert "pytest" not in pins("runtime"), "make lab installs no test tools"


def test_scapy_is_never_required() -> None:
    assert "scapy" not in {canonical(item) for item in PROJECT["dependencies"]}
    assert PROJECT["license"] == "MIT"


def test_ci_covers_the_supported_pythons() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == list(PYTHONS)
    classifiers = {item.rpartition(" ")[2] for item in PROJECT["classifiers"] if ":: 3." in item}
    assert classifiers == set(PYTHONS)


# README and make


def test_every_make_command_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "Makefile")]
    command = re.compile(r"(?:^ +|[`(#] ?)make ([a-z]+)", re.MULTILINE)
    named = {word for page in pages for word in command.findall(page.read_text())}
    assert {"lab", "test"} <= named
    assert named <= targets


def test_every_local_link_of_the_pages_leads_somewhere() -> None:
    for page in ROOT.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{page.name}: {target}"


def test_the_commands_of_the_readme_are_understood() -> None:
    from ipsec_edu.cli import main

    text = (ROOT / "README.md").read_text().replace("\\\n", "")
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ipsec-edu ")]
    assert len(lines) >= 3
    for line in lines:
        words = shlex.split(line)[1:]
        if words != ["open"]:
            assert main(words) == 0, line


# The wheel


def test_the_wheel_carries_labs_and_scripts_but_no_notebooks(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "ipsec_edu", source / "ipsec_edu", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    command += ["--no-index", "--wheel-dir", str(tmp_path), str(source)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ipsec_edu").rglob("*") if path.is_file()}
    kept = {name for name in ours if "__pycache__" not in name}
    assert kept - names == set()
    assert not [name for name in names if name.endswith(".ipynb") or name.startswith("tests/")]
