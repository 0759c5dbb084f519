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
from mlflow_explain.engines.deep.recognition import libraries_of
from mlflow_explain.tracking.models import inherited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.engines.base import Engine


DISTRIBUTION = "mlflow-explain"
CODE = "code"
_OURS = Path(__file__).parents[2]

_ALWAYS = (
    "mlflow", "numba", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "lightgbm", "skops",
    "tqdm",
)  # fmt: skip
_LIBRARIES = {"catboost", "xgboost"}
# Of engines that compute with a library which the model itself may not need.
_OF_ENGINES = {"text han": "torch"}
# uvicorn uses both when they are there; without them two workers answer 40 ms late.
_SERVER = ("uvloop", "httptools")


def pip_requirements(engine: Engine, model: Any = None) -> list[str]:
    """Return pinned requirements of the served model.

    MLflow would infer them by loading the model in a new process, which takes half a minute.

    Parameters
    ----------
    engine : Engine
        What explains; a composed one needs what its members need.
    model : object, optional
        The model, whose parts may be of libraries of their own.
    """
    engines = {engine.name, *(member.engine.name for member in getattr(engine, "members", ()))}
    needed = [*_ALWAYS, *(["shap"] if "tree" in engines else [])]
    libraries = ((_libraries(model) | engines) & _LIBRARIES) | libraries_of(model)
    libraries |= {_OF_ENGINES[name] for name in engines & set(_OF_ENGINES)}
    needed += [distribution_of(library) for library in sorted(libraries)]
    pinned = [f"{name}=={_version(name)}" for name in needed]
    server = [_pinned_if_here(name) for name in _SERVER]
    ours = [] if is_development() else [f"{DISTRIBUTION}=={__version__}"]
    return [*pinned, *server, *ours]


def _libraries(model: Any) -> set[str]:
    """Return the packages of a model and of the estimators it is made of."""
    # A method is a function of what it belongs to.
    parts = [model, getattr(model, "__self__", None)]
    if hasattr(model, "get_params"):
        parts += model.get_params(deep=True).values()
    return {package_of(part) for part in parts}


def _version(distribution: str) -> str:
    """Return the version that is installed, as an index has it: a build's own suffix left out."""
    return metadata.version(distribution).partition("+")[0]


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


def users_code(folder: Path) -> tuple[Path, ...]:
    """Return the user's own modules in a pair, without this package."""
    code = folder / CODE
    found = sorted(code.iterdir()) if code.is_dir() else []
    return tuple(path for path in found if path.name not in {_OURS.name, "__pycache__"})


def is_ours(name: str) -> bool:
    """Whether a folder of code would stand in the place of this package."""
    return name == _OURS.name


def copy_code(folder: Path, code_paths: Sequence[str | Path]) -> str | None:
    """Copy the user's code, and this package if it is on no index; return the folder's name.

    Parameters
    ----------
    folder : Path
        The logged model's.
    code_paths : sequence of str or Path
        Files and folders; of two of the same name the last is copied.
    """
    named = {Path(path).name: Path(path) for path in code_paths}
    sources = [*named.values(), *([_OURS] if is_development() else [])]
    for source in sources:
        target = folder / CODE / source.name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, target, ignore=ignore)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return CODE if sources else None


def write(folder: Path, requirements: Sequence[str], like: Path | None = None) -> None:
    """Write the three files by which MLflow builds the model's environment.

    Parameters
    ----------
    folder : Path
        The logged model's.
    requirements : sequence of str
        What is installed.
    like : Path, optional
        Folder of the model it is made of, whose version of Python, tools and packages of conda it
        takes over.
    """
    requirements, constraints = inherited.parted(requirements)
    text = "\n".join(requirements) + "\n"
    (folder / inherited.REQUIREMENTS).write_text(text, encoding="utf-8")
    here = {
        "python": platform.python_version(),
        "build_dependencies": ["pip", "setuptools", "wheel"],
    }
    theirs = inherited.python_env(like)
    pip = {"dependencies": [f"-r {inherited.REQUIREMENTS}"]}
    _write_yaml(folder / inherited.PYTHON_ENV, here | theirs | pip)
    conda = {
        "name": "mlflow-env",
        "channels": ["conda-forge"],
        "dependencies": [f"python={theirs.get('python', here['python'])}", "pip"],
    } | inherited.conda_env(like)
    others = [part for part in conda["dependencies"] if not isinstance(part, dict)]
    conda["dependencies"] = [*others, {"pip": list(requirements)}]
    _write_yaml(folder / inherited.CONDA_ENV, conda)
    if constraints:
        text = "\n".join(constraints) + "\n"
        (folder / inherited.CONSTRAINTS).write_text(text, encoding="utf-8")


def _write_yaml(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _pinned_if_here(name: str) -> str:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        version = None
    here = f"{name}=={version}" if version else name
    return f"{here}; platform_system != 'Windows'" if name == "uvloop" else here
