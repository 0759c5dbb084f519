"""Turns MLflow's own autologging on where nobody has configured it, and off again."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mlflow.utils.autologging_utils import (
    AUTOLOGGING_CONF_KEY_IS_GLOBALLY_CONFIGURED,
    AUTOLOGGING_INTEGRATIONS,
    autologging_conf_lock,
)
from mlflow.utils.import_hooks import register_post_import_hook

from mlflow_explain.tracking.autologging import settings
from mlflow_explain.tracking.autologging.complaints import guarded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

# Framework -> the configuration that we gave it; another one in its place is the user's.
_TURNED_ON: dict[str, dict[str, Any]] = {}


def turn_on(names: Iterable[str]) -> None:
    """Turn on MLflow's autologging of frameworks: now, or when they are first imported."""
    for name in names:
        register_post_import_hook(_turn_on_when_imported, name, overwrite=True)


def turn_off() -> None:
    """Turn off what `turn_on` turned on, unless the user has configured it since."""
    for name, config in list(_TURNED_ON.items()):
        if AUTOLOGGING_INTEGRATIONS.get(name) is config:
            _module(name).autolog(disable=True)
            # As before the first call: `mlflow.autolog` may configure it.
            AUTOLOGGING_INTEGRATIONS[name] = {}
        del _TURNED_ON[name]


def off() -> list[str]:
    """Return the frameworks that were configured, and are disabled."""
    known = ((name, AUTOLOGGING_INTEGRATIONS.get(name)) for name in settings.FRAMEWORKS)
    return [name for name, config in known if config and config.get("disable", True)]


def _turn_on_when_imported(module: ModuleType) -> None:
    """Turn on the autologging of a framework that was imported, as `mlflow.autolog` does."""
    # An error here would be one of the user's import.
    with guarded(f"turn on MLflow's autologging of {module.__name__}"):
        _turn_on(module.__name__)


# Imports happen in any thread.
@autologging_conf_lock  # type: ignore[untyped-decorator]
def _turn_on(name: str) -> None:
    asked = settings.current()
    # Configured, also by `mlflow.autolog` or with `disable=True`: the user's word stands.
    if asked is None or name not in asked.frameworks or _module_config(name):
        return
    _module(name).autolog(silent=asked.silent, exclusive=asked.exclusive)
    config = AUTOLOGGING_INTEGRATIONS[name]
    # What `mlflow.autolog` may configure anew, or disable.
    config[AUTOLOGGING_CONF_KEY_IS_GLOBALLY_CONFIGURED] = True
    _TURNED_ON[name] = config


def _module_config(name: str) -> dict[str, Any] | None:
    _module(name)
    return AUTOLOGGING_INTEGRATIONS.get(name)


def _module(name: str) -> Any:
    return importlib.import_module(f"mlflow.{name}")
