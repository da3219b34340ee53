"""Write the pinned requirements: every package that `make lab` and `make test` install, at one version.

Run by ``make lock`` under the oldest supported Python. Everything is resolved there first; for the
newer ones the same versions are demanded, so that a class with mixed Pythons sees one behaviour,
and what only a newer Python needs is added with a marker. The files name no index.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
HEAD = "# Written by `make lock` from pyproject.toml; change that, not this.\n"
BUILD_TOOLS = {"pip", "wheel"}


def canonical(name: str) -> str:
    """Return a package name as an index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def resolve(requirements: list[str], pins: dict[str, str], python: str) -> dict[str, str]:
    """Return the name and version of all that `requirements` pull in on `python`."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, fixed = Path(folder, "wanted.txt"), Path(folder, "fixed.txt")
        wanted.write_text("\n".join(requirements))
        fixed.write_text("\n".join(f"{name}=={version}" for name, version in pins.items()))
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        command += ["--report", "-", "--target", folder, "--only-binary", ":all:", "--python-version", python]
        command += ["--requirement", str(wanted), "--constraint", str(fixed)]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
    if answer.returncode:
        raise SystemExit(f"make lock: Python {python} cannot have these versions:\n{answer.stderr.strip()}")
    found = (item["metadata"] for item in json.loads(answer.stdout)["install"])
    return {canonical(entry["name"]): entry["version"] for entry in found}


def lock(requirements: list[str], pins: dict[str, str]) -> tuple[dict[str, str], str]:
    """Return the versions for all Pythons, and the lines that pin them."""
    oldest, *newer = PYTHONS
    versions = resolve(requirements, pins, oldest)
    lines = {name: f"{name}=={version}" for name, version in versions.items()}
    for python in newer:
        for name, version in resolve(requirements, {**pins, **versions}, python).items():
            if name not in versions:
                versions[name] = version
                lines[name] = f'{name}=={version} ; python_version >= "{python}"'
    kept = [line for name, line in sorted(lines.items()) if name not in BUILD_TOOLS]
    return versions, "\n".join(kept) + "\n"


def main() -> None:
    """Write requirements/runtime.txt, test.txt (all of runtime included), bench.txt and oldest.txt."""
    if sys.version_info[:2] != tuple(int(part) for part in PYTHONS[0].split(".")):
        raise SystemExit(f"make lock: run it with Python {PYTHONS[0]}: make lock PYTHON=python{PYTHONS[0]}")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    runtime = project["dependencies"] + extras["lab"] + extras["scapy"]
    pins: dict[str, str] = {}
    for name, requirements in (
        ("runtime", runtime),
        ("test", runtime + extras["test"]),
        ("bench", runtime + extras["test"] + extras["bench"]),
    ):
        found, text = lock(requirements, pins)
        pins |= found
        (ROOT / "requirements" / f"{name}.txt").write_text(HEAD + text)
        print(f"requirements/{name}.txt: {len(found)} packages")
    # An environment of its own: what is older there cannot stand beside what `lab` has.
    found, text = lock(project["dependencies"] + extras["oldest"], {})
    (ROOT / "requirements" / "oldest.txt").write_text(HEAD + text)
    print(f"requirements/oldest.txt: {len(found)} packages")


if __name__ == "__main__":
    main()
