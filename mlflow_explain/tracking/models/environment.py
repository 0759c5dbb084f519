"""What a served model needs installed: pinned, and our own code where it is on no index."""

from __future__ import annotations

import json
import platform
import shutil
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mlflow_explain._version import __version__
from mlflow_explain.data.kinds import package_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.engines.base import Engine


DISTRIBUTION = "mlflow-explain"
CODE = "code"

_ALWAYS = (
    "mlflow", "numba", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "lightgbm", "skops",
    "tqdm",
)  # fmt: skip
_LIBRARIES = {"catboost", "xgboost"}
# uvicorn uses both when they are there; without them two workers answer 40 ms late.
_SERVER = ("uvloop", "httptools")


def pip_requirements(engine: Engine, extra: Sequence[str] = (), model: Any = None) -> list[str]:
    """Return pinned requirements of the served model.

    MLflow would infer them by loading the model in a new process, which takes half a minute.

    Parameters
    ----------
    engine : Engine
        What explains; a composed one needs what its members need.
    extra : sequence of str
        More requirements, as the user writes them.
    model : object, optional
        The model, whose parts may be of libraries of their own.
    """
    engines = {engine.name, *(member.engine.name for member in getattr(engine, "members", ()))}
    needed = [*_ALWAYS, *(["shap"] if "tree" in engines else [])]
    needed += [distribution_of(library) for library in sorted(_libraries(model) | engines)
               if library in _LIBRARIES]  # fmt: skip
    pinned = [f"{name}=={metadata.version(name)}" for name in needed]
    server = [_pinned_if_here(name) for name in _SERVER]
    ours = [] if is_development() else [f"{DISTRIBUTION}=={__version__}"]
    return [*pinned, *server, *ours, *extra]


def _libraries(model: Any) -> set[str]:
    """Return the packages of a model and of the estimators it is made of."""
    parts = [model]
    if hasattr(model, "get_params"):
        parts += model.get_params(deep=True).values()
    return {package_of(part) for part in parts}


def distribution_of(package: str) -> str:
    """Return the distribution an imported package was installed by: several may provide it."""
    found = metadata.packages_distributions().get(package, [package])
    return found[0]


def is_development() -> bool:
    """Whether this package runs from a checkout, which no index can install."""
    try:
        origin = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return True
    return origin is not None and json.loads(origin)["url"].startswith("file:")


def copy_code(folder: Path, code_paths: Sequence[str]) -> str | None:
    """Copy the user's code, and this package if it is on no index; return the folder's name."""
    ours = Path(__file__).parents[2]
    sources = [Path(path) for path in code_paths] + ([ours] if is_development() else [])
    for source in sources:
        target = folder / CODE / source.name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, target, ignore=ignore)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return CODE if sources else None


def write(folder: Path, requirements: Sequence[str]) -> None:
    """Write the three files by which MLflow builds the model's environment."""
    python = platform.python_version()
    (folder / "requirements.txt").write_text("\n".join(requirements) + "\n", encoding="utf-8")
    tools = ["pip", "setuptools", "wheel"]
    _write_yaml(
        folder / "python_env.yaml",
        {
            "python": python,
            "build_dependencies": tools,
            "dependencies": ["-r requirements.txt"],
        },
    )
    _write_yaml(
        folder / "conda.yaml",
        {
            "name": "mlflow-env",
            "channels": ["conda-forge"],
            "dependencies": [f"python={python}", "pip", {"pip": list(requirements)}],
        },
    )


def _write_yaml(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _pinned_if_here(name: str) -> str:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        version = None
    here = f"{name}=={version}" if version else name
    return f"{here}; platform_system != 'Windows'" if name == "uvloop" else here
