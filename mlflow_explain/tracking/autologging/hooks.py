"""What is put into MLflow to watch it, and taken out again: nothing of an estimator is patched.

An event logger that calls the one that was there, and a function around `Model.log` that calls the
one that was there. Where someone has put something above them since, they stay, and only pass on.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from mlflow.models import Model
from mlflow.utils.autologging_utils.events import AutologgingEventLogger

from mlflow_explain.tracking.autologging.complaints import guarded
from mlflow_explain.tracking.autologging.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow.models.model import ModelInfo

    from mlflow_explain.tracking.autologging.watching import Training

_loggers: Any = AutologgingEventLogger
_models: Any = Model
_WATCHING = "watch the training"


class ChainedLogger(AutologgingEventLogger):
    """An event logger that calls the one before it, and then watches.

    Its parameters have MLflow's names: a logger above it may pass them by name.

    Parameters
    ----------
    watch : Watch
        What is told; None once this logger only passes on.
    """

    def __init__(self, watch: Watch) -> None:
        self.before: Any = _loggers.get_logger()
        self.watch: Watch | None = watch

    def log_autolog_called(self, integration: str, call_args: Any, call_kwargs: Any) -> None:
        """Pass on."""
        self.before.log_autolog_called(integration, call_args, call_kwargs)

    def log_patch_function_start(
        self, session: Any, patch_obj: Any, function_name: str, call_args: Any, call_kwargs: Any
    ) -> None:
        """Take the start of a call."""
        event = (session, patch_obj, function_name, call_args, call_kwargs)
        self._tell("log_patch_function_start", event, lambda watch: watch.began(*event))

    def log_original_function_start(
        self, session: Any, patch_obj: Any, function_name: str, call_args: Any, call_kwargs: Any
    ) -> None:
        """Take the start of the user's own function, within MLflow's run."""
        event = (session, patch_obj, function_name, call_args, call_kwargs)
        self._tell("log_original_function_start", event, lambda watch: watch.runs(session))

    def log_original_function_success(
        self, session: Any, patch_obj: Any, function_name: str, call_args: Any, call_kwargs: Any
    ) -> None:
        """Pass on."""
        event = (session, patch_obj, function_name, call_args, call_kwargs)
        self.before.log_original_function_success(*event)

    def log_original_function_error(
        self,
        session: Any,
        patch_obj: Any,
        function_name: str,
        call_args: Any,
        call_kwargs: Any,
        exception: Any,
    ) -> None:
        """Take the failure of the user's own function."""
        event = (session, patch_obj, function_name, call_args, call_kwargs, exception)
        self._tell("log_original_function_error", event, lambda watch: watch.failed(*event[:4]))

    def log_patch_function_success(
        self, session: Any, patch_obj: Any, function_name: str, call_args: Any, call_kwargs: Any
    ) -> None:
        """Take the end of a call: MLflow's run, if it made one, is finished."""
        event = (session, patch_obj, function_name, call_args, call_kwargs)
        self._tell(
            "log_patch_function_success",
            event,
            lambda watch: watch.ended(call_kwargs, success=True),
        )

    def log_patch_function_error(
        self,
        session: Any,
        patch_obj: Any,
        function_name: str,
        call_args: Any,
        call_kwargs: Any,
        exception: Any,
    ) -> None:
        """Take the failure of MLflow's own part, of which MLflow warns."""
        event = (session, patch_obj, function_name, call_args, call_kwargs, exception)
        self._tell(
            "log_patch_function_error", event, lambda watch: watch.ended(call_kwargs, success=False)
        )

    def _tell(self, name: str, event: tuple[Any, ...], taken: Callable[[Watch], None]) -> None:
        """Pass an event on, and then take it, also where the logger before this one raises.

        Parameters
        ----------
        name : str
            Which event.
        event : tuple
            The session, the patched class or module, its function's name, arguments and keywords,
            and the error if there is one.
        taken : callable
            Takes it.
        """
        try:
            getattr(self.before, name)(*event)
        finally:
            if self.watch is not None:
                with guarded(_WATCHING):
                    taken(self.watch)


class WrappedLog:
    """`Model.log` that tells what was logged.

    Parameters
    ----------
    watch : Watch
        What is told; None once this one only passes on.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch: Watch | None = watch
        # The class method itself: bound, it would be that of `Model` for its subclasses, too.
        self.before: Any = Model.__dict__["log"]
        function = self.before.__func__

        @functools.wraps(function)
        def log(cls: type[Model], *args: Any, **keywords: Any) -> ModelInfo:
            info: ModelInfo = function(cls, *args, **keywords)
            if self.watch is not None:
                with guarded(_WATCHING):
                    self.watch.logged(keywords, info)
            return info

        self.installed = classmethod(log)
        _models.log = self.installed

    def remove(self) -> None:
        """Put back what was there, if this is still on top."""
        self.watch = None
        if Model.__dict__["log"] is self.installed:
            _models.log = self.before


class Hooks:
    """Both hooks, while they are installed.

    Parameters
    ----------
    explain : callable
        Called with each training that has succeeded.
    """

    def __init__(self, explain: Callable[[Training], None]) -> None:
        watch = Watch(explain)
        self.logger = ChainedLogger(watch)
        _loggers.set_logger(self.logger)
        self.log = WrappedLog(watch)

    def are_on_top(self) -> bool:
        """Whether nobody has put anything above them."""
        on_top = _loggers.get_logger() is self.logger
        return on_top and Model.__dict__["log"] is self.log.installed

    def remove(self) -> None:
        """Put back what was there."""
        self.logger.watch = None
        if _loggers.get_logger() is self.logger:
            before = self.logger.before
            # Without one that was set, MLflow makes a plain one for each call.
            is_plain = type(before) is AutologgingEventLogger
            _loggers.set_logger(None if is_plain else before)
        self.log.remove()
