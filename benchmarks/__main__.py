"""``make bench``: run all, and write `RESULTS.md`."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from benchmarks import (
    batch,
    black_box,
    deep,
    kernel_machine,
    load,
    pauses,
    pfi,
    serving,
    text,
    trees,
    uploads,
)
from mlflow_explain.engines.chunks import n_cores

RESULTS = Path(__file__).parent / "RESULTS.md"
PACKAGES = (
    "mlflow", "numpy", "numba", "scikit-learn", "shap", "lightgbm", "xgboost-cpu", "xgboost",
    "fasttreeshap-fixed", "pandas", "torch", "lime",
)  # fmt: skip


def main() -> None:
    """Measure, print and write."""
    sections = [
        "# Results of `make bench`\n\nPeers run in the same process on the same rows. Medians of "
        "five.\n\n" + _machine(),
        trees.markdown(),
        kernel_machine.section(),
        black_box.section(),
        deep.section(),
        text.section(),
        pfi.section(),
        pauses.markdown(),
        serving.markdown(),
        load.section(),
        uploads.section(),
        batch.section(),
    ]
    whole = "\n\n".join(sections) + "\n"
    RESULTS.write_text(whole, encoding="utf-8")
    print(whole)  # noqa: T201 - the result is what the command is for


def _machine() -> str:
    here = [f"{name} {metadata.version(name)}" for name in PACKAGES if _is_here(name)]
    return (
        f"{n_cores()} cores ({_processor()}), Python {platform.python_version()}, "
        f"{', '.join(here)}."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _is_here(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    main()
