"""``make compat``: tests on the oldest and on the newest libraries of the supported range.

Each is an environment of its own in a temporary folder: of the lower bounds in `pyproject.toml`,
and of what a user who installs today gets. ``make compat ARGS=oldest`` tries one of them.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uv import find_uv_bin

ROOT = Path(__file__).parents[1]
PROJECT = ROOT / "pyproject.toml"

# What depends on libraries most: replies that are pinned, the flavour, files, and each engine on
# models of each library. Servers and networks are the same code behind other programs.
TESTS = (
    "tests/tracking/test_golden_replies.py", "tests/tracking/test_served.py",
    "tests/tracking/test_flavor.py", "tests/scoring", "tests/artifact",
    "tests/engines/test_conformance.py", "tests/engines/trees",
)  # fmt: skip
MARKED = "not server and not environment and not networks and not spark"
# Not part of the range: they are given as new as goes with it.
TOOLS = ("pytest", "hypothesis", "catboost", "xgboost-cpu")


@dataclass(frozen=True)
class Range:
    """One end of the supported range.

    Parameters
    ----------
    name : str
        As users ask for it.
    resolution : str
        As uv calls it.
    python : str
        Version of the interpreter.
    """

    name: str
    resolution: str
    python: str


def _project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(PROJECT.read_text())["project"]
    return table


RANGES = {
    one.name: one
    for one in (
        Range("oldest", "lowest-direct", _project()["requires-python"].strip(">=")),
        Range("newest", "highest", platform.python_version()),
    )
}


def make(one: Range, folder: Path) -> Path:
    """Make an environment below a folder, print its libraries, and return its interpreter."""
    python = folder / "bin" / "python"
    pins = folder / "pins.txt"
    _uv("venv", "--python", one.python, str(folder))
    _uv(
        "pip", "compile", "--python", str(python), "--resolution", one.resolution, "--upgrade",
        "--no-header", "--no-annotate", str(PROJECT), "-o", str(pins),
    )  # fmt: skip
    found = dict(line.split("==") for line in pins.read_text().splitlines())
    ours = [re.split("[<>=]", line)[0] for line in _project()["dependencies"]]
    tried = ", ".join(f"{name} {found[name]}" for name in ours)
    print(f"{one.name}: Python {one.python}, {tried}", flush=True)  # noqa: T201 - it is asked for
    _uv("pip", "install", "--python", str(python), "-r", str(pins), *TOOLS)
    _uv("pip", "install", "--python", str(python), "--no-deps", "--editable", str(ROOT))
    return python


def test(python: Path, folder: Path) -> int:
    """Run the tests, and return what pytest exits with."""
    command = [
        # Old libraries warn of newer ones beside them, which is none of our doing.
        str(python), "-m", "pytest", "-q", "-W", "default", "--disable-warnings",
        "-p", "no:cacheprovider", "-m", MARKED, *TESTS,
    ]  # fmt: skip
    # Machine code of other libraries stays out of the user's cache.
    kept = {"NUMBA_CACHE_DIR": str(folder / "numba")}
    return subprocess.run(command, cwd=ROOT, env=os.environ | kept, check=False).returncode


def _uv(*arguments: str) -> None:
    subprocess.run([find_uv_bin(), "--quiet", *arguments], cwd=ROOT, check=True)


def main(names: list[str]) -> int:
    """Try some ends of the range, or both, and return 1 if a test failed on one of them."""
    failed = []
    for one in [RANGES[name] for name in names or RANGES]:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            if test(make(one, folder / one.name), folder):
                failed.append(one.name)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
