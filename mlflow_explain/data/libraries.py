"""Libraries a logged model needs that are not installed where it is loaded."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlflow_explain.errors import MissingLibraryError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Imported as -> installed as, where the two differ.
_INSTALLED_AS = {
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "PIL": "pillow",
    "cv2": "opencv-python",
}


@contextmanager
def needed_by(what: str) -> Iterator[None]:
    """Say which library to install where one is not found.

    Parameters
    ----------
    what : str
        What needs it: ``"the model"``.

    Raises
    ------
    MissingLibraryError
        A module is not found.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise _missing(error, what) from error


def _missing(error: ModuleNotFoundError, what: str) -> MissingLibraryError:
    name = (error.name or str(error)).partition(".")[0]
    return MissingLibraryError(
        f"{name} to be installed, which {what} needs",
        f"none: {error}",
        f"`pip install {_INSTALLED_AS.get(name, name)}`, in the version that the requirements.txt "
        "of the logged model names. A module of your own belongs to `code_paths` of `log_model`.",
    )
