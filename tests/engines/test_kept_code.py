"""Machine code is found by what it is made of: never compiled twice, never mistaken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mlflow_explain

SOURCE = """
from factors import FACTOR
from mlflow_explain.engines.compiled import kernel, part

SHIFT = 1.0

@kernel("float64(float64)")
def scaled(x):
    return _shifted(x) * FACTOR

@part
def _shifted(x):
    return x + SHIFT
"""
# What stands in {} happens before the kernel is asked for its answer.
ASK = """
import warnings
from pathlib import Path
{}
from sums import scaled
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    answer = scaled(3.0)
stats = scaled._dispatcher.stats
print(answer, sum(stats.cache_hits.values()), sum(stats.cache_misses.values()), scaled.keep(),
      Path(stats.cache_path or "").name, len(caught))
"""
REFUSE = """
import tempfile
def refuse(*args, **options):
    raise PermissionError("read-only")
tempfile.TemporaryFile = refuse
"""
# What another numba could be like: names are gone, or it does not ask the cache it is given.
CHANGES = {
    "no files": "import numba.core.caching; del numba.core.caching.CompileResultCacheImpl",
    "not asked": """
from numba.core.caching import FunctionCache, NullCache
from numba.core.dispatcher import Dispatcher
def held(self):
    return vars(self).get("held", NullCache())
def hold(self, cache):
    if isinstance(cache, FunctionCache):
        vars(self)["held"] = cache
Dispatcher._cache = property(held, hold)
""",
}
WALK = """
import mlflow_explain
from mlflow_explain.engines.trees.kernels.walk import add_outputs
add_outputs.compile()
stats = add_outputs._dispatcher.stats
print(mlflow_explain.__file__, sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def start(code: str, folder: Path, cache: Path) -> subprocess.Popen[str]:
    environment = {
        "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": str(cache.parent / "of the user"),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, env=os.environ | environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def said(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate()
    assert process.returncode == 0, errors[-3000:]
    return out.strip()


def ask(folder: Path, cache: Path, before: str = "") -> str:
    return said(start(ASK.format(before), folder, cache))


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def first(tmp_path):
    return written(tmp_path / "first")


def written(folder: Path, shift: str = "1.0", factor: str = "2.0", when: int = 10**9) -> Path:
    """Write the kernel's file and the constant it imports, of some time."""
    folder.mkdir(exist_ok=True)
    texts = {"sums.py": SOURCE.replace("SHIFT = 1.0", f"SHIFT = {shift}"),
             "factors.py": f"FACTOR = {factor}"}  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text)
        os.utime(folder / name, (when, when))
    return folder


def test_a_copy_elsewhere_of_another_time_compiles_nothing(tmp_path, cache, first):
    assert ask(first, cache) == "8.0 0 1 True mlflow_explain 0"
    copy = written(tmp_path / "copy", when=1_500_000_000)
    assert ask(copy, cache) == "8.0 1 0 True mlflow_explain 0"


def test_another_text_is_compiled_even_at_the_same_path_of_the_same_time_and_size(cache, first):
    assert ask(first, cache) == "8.0 0 1 True mlflow_explain 0"
    assert ask(written(first, shift="5.0"), cache) == "16.0 0 1 True mlflow_explain 0"
    # Of a constant that another file defines, machine code holds the value, too.
    assert ask(written(first, factor="3.0"), cache) == "12.0 0 1 True mlflow_explain 0"
    assert ask(written(first), cache) == "8.0 1 0 True mlflow_explain 0"


def test_processes_that_start_at_once_leave_one_whole_file(cache, first):
    both = [start(ASK.format(""), first, cache) for _ in range(2)]
    assert {said(process).split()[0] for process in both} == {"8.0"}
    assert sorted(path.suffix for path in (cache / "mlflow_explain").iterdir()) == [".nbc", ".nbi"]
    assert ask(first, cache) == "8.0 1 0 True mlflow_explain 0"


def test_code_in_a_folder_that_is_read_only_is_used(cache, first):
    ask(first, cache)
    assert ask(first, cache, REFUSE) == "8.0 1 0 True mlflow_explain 0"


def test_where_the_named_folder_cannot_be_made_the_users_cache_serves(tmp_path, cache, first):
    cache.write_text("a file")
    assert ask(first, cache) == "8.0 0 1 True mlflow_explain 0"
    assert list((tmp_path / "of the user").rglob("*.nbi"))


def test_where_neither_can_be_made_the_folder_of_the_source_serves(tmp_path, cache, first):
    cache.write_text("a file")
    (tmp_path / "of the user").write_text("a file")
    assert ask(first, cache) == "8.0 0 1 True __pycache__ 0"
    assert ask(first, cache) == "8.0 1 0 True __pycache__ 0"


def test_where_nothing_can_be_written_the_answer_is_right_and_nothing_is_kept(cache, first):
    assert ask(first, cache, REFUSE) == "8.0 0 1 False  0"


@pytest.mark.parametrize("suffix", ["nbc", "nbi"])
def test_a_damaged_file_is_replaced_and_it_is_said(cache, first, suffix):
    ask(first, cache)
    (file,) = cache.rglob(f"*.{suffix}")
    file.write_bytes(b"")
    assert ask(first, cache) == "8.0 0 1 True mlflow_explain 1"
    assert ask(first, cache) == "8.0 1 0 True mlflow_explain 0"


def test_a_disk_that_is_full_costs_a_warning(cache, first):
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    assert ask(first, cache, full) == "8.0 0 1 True mlflow_explain 1"
    assert not list(cache.rglob("*.*"))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_where_numba_takes_no_place_of_ours_its_own_way_remains(cache, first, change):
    answer, hits, misses, is_kept, place, n_said = ask(first, cache, change).split()
    assert (answer, hits, misses, is_kept, n_said) == ("8.0", "0", "1", "True", "0")
    assert place.startswith("first_")


def test_the_code_folder_of_a_logged_model_finds_what_the_installed_package_compiled(
    tmp_path, cache
):
    ours = Path(mlflow_explain.__file__).parent
    assert said(start(WALK, ours.parent, cache)) == f"{ours / '__init__.py'} 0 1"
    copy = tmp_path / "code" / ours.name
    shutil.copytree(
        ours, copy, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copyfile
    )
    assert said(start(WALK, copy.parent, cache)) == f"{copy / '__init__.py'} 1 0"
