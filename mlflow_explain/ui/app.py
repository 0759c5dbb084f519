"""The application: a table of routes, each a function of a request; all behind the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

# Read by FastAPI when the routes are made.
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response  # noqa: TC002

from mlflow_explain.dashboard.source import Source
from mlflow_explain.dashboard.worded import is_of_texts
from mlflow_explain.errors import ExplainError, InvalidInputError
from mlflow_explain.explanation.comparing import compared
from mlflow_explain.ui import found, lists, pages, replies
from mlflow_explain.ui.guard import Guard
from mlflow_explain.ui.live import LiveModels, columns_in
from mlflow_explain.ui.shown import KEPT, LIVE, NEW, Shown, whole
from mlflow_explain.ui.site import Site, entered, plainly

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

    from mlflow_explain.tracking.runs.kept import Kept
    from mlflow_explain.ui.access import Access
    from mlflow_explain.ui.live import LiveModel

OFF = (
    "Live what-if is off, as loading a model runs code that came with it. Start `mlflow-explain ui "
    "--allow-model-load` if you trust everybody who may write to the store."
)

_REFUSALS = {404: "There is no such page.", 405: "That is not answered here."}


def application(access: Access, store: str, *, allow_model_load: bool = False) -> ASGIApp:
    """Return the application.

    Parameters
    ----------
    access : Access
        Who may ask.
    store : str
        What the tracking store is called on pages; no password is in it.
    allow_model_load : bool, default=False
        Load the model of an explanation when its page asks for predictions.
    """
    site = Site(f"/{access.place}", store)
    routes = _Routes(site, access, LiveModels(allowed=allow_model_load))
    # Without the pages by which FastAPI describes an application.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    router = APIRouter(prefix=site.root)
    router.add_api_route("/", routes.explanations)
    router.add_api_route("/models", routes.models)
    router.add_api_route("/run/{run_id}", routes.run)
    router.add_api_route("/explanation/{run_id}/{explanation_id}", routes.explanation)
    router.add_api_route("/page/{run_id}/{explanation_id}/{kind}", routes.page)
    router.add_api_route("/compare", routes.compare)
    router.add_api_route("/live/{run_id}/{explanation_id}", routes.about)
    router.add_api_route("/live/{run_id}/{explanation_id}/{what}", routes.asked, methods=["POST"])
    app.add_api_route("/", routes.enter)
    app.include_router(router)
    for kind in (ExplainError, HTTPException, Exception):
        # One nobody expected is raised again when the reply is sent, and so in the server's log.
        app.add_exception_handler(kind, routes.failed)
    return Guard(app, access)


class _Routes:
    """What is answered. Plain functions work in threads: stores are waited for.

    Parameters
    ----------
    site : Site
        Where the pages are.
    access : Access
        Knows the token.
    models : LiveModels
        The models that were loaded.
    """

    def __init__(self, site: Site, access: Access, models: LiveModels) -> None:
        self._site = site
        self._access = access
        self._models = models
        self._shown = Shown()

    def enter(self, request: Request) -> Response:
        """Exchange the token of the printed address for the cookie."""
        if not self._access.opens(request.query_params.get("token", "")):
            # Nothing of ours is told before, such as where the pages are.
            return replies.refused(403, "Open the address that `mlflow-explain ui` printed.")
        return replies.page(entered(self._site.root), headers={"set-cookie": self._access.cookie})

    def explanations(self, request: Request) -> Response:
        """List explanations."""
        asked, known = found.Asked.of(request.query_params), found.experiments()
        beside = request.query_params.get("with", "")
        if beside:
            self._named(beside)
        lines = found.explanations(asked, known)
        return replies.page(lists.explanations(self._site, asked, known, lines, beside))

    def models(self, request: Request) -> Response:
        """List model versions."""
        asked = found.Asked.of(request.query_params)
        return replies.page(lists.models(self._site, asked, found.versions(asked)))

    def run(self, run_id: str) -> Response:
        """List the explanations of a run."""
        return replies.page(lists.run(self._site, run_id, found.of_run(run_id)))

    def explanation(self, request: Request, run_id: str, explanation_id: str) -> Response:
        """Show the page around the page of an explanation."""
        kept = found.kept(run_id, explanation_id)
        (kinds, changed), wanted = self._shown.kinds(kept), request.query_params.get("show", "")
        model, none = self._model_of(kept) if wanted in {"", NEW} else (None, "")
        # A kept page of texts tells how to get a live model, and not why there is none here.
        is_new = model is not None or (none != "" and is_of_texts(kept.record.method))
        kind = wanted if wanted in kinds else NEW if is_new else kinds[0]
        shown = LIVE if kind == NEW and (model is not None or none) else kind
        notes = [pages.DELETED if kept.deleted else "", changed, none]
        page = pages.explanation(
            self._site, kept.entry, shown, kinds, notes, asks=model is not None
        )
        return replies.page(page)

    def page(self, run_id: str, explanation_id: str, kind: str) -> Response:
        """Return the page of an explanation itself."""
        kept = found.kept(run_id, explanation_id)
        if kind == KEPT and kept.record.has_report:
            return replies.shown(self._shown.kept(kept), live=False)
        if kind not in {NEW, LIVE}:
            raise HTTPException(404, "There is no such page.")
        model, none = self._model_of(kept) if kind == LIVE else (None, "")
        if model is None:
            return replies.shown(self._shown.new(kept, Source(refused=none or None)), live=False)
        path = f"{self._site.root}/live/{run_id}/{explanation_id}"
        return replies.shown(self._shown.new(kept, model.source, path), live=True)

    def compare(self, request: Request) -> Response:
        """Show two explanations side by side."""
        chosen = request.query_params.getlist("one")
        if len(chosen) != 2:
            raise InvalidInputError(
                "two explanations to compare", f"{len(chosen)}", "Go back, and choose two."
            )
        both = [self._named(each) for each in chosen]
        made = compared(*(whole(kept) for kept in both), names=_names(both))
        shown = [(kept, self._shown.kinds(kept)) for kept in both]
        sides = [(kept.entry, kinds[0], note) for kept, (kinds, note) in shown]
        return replies.page(pages.comparison(self._site, made, sides))

    def about(self, run_id: str, explanation_id: str) -> Response:
        """Return what a page has to know of the live model; loads it."""
        if not self._models.allowed:
            return replies.refused(403, OFF, as_json=True)
        return _json(lambda: self._models.of(found.kept(run_id, explanation_id)).about())

    async def asked(
        self, request: Request, run_id: str, explanation_id: str, what: str
    ) -> Response:
        """Answer rows: predictions, or attributions."""
        if not self._models.allowed:
            return replies.refused(403, OFF, as_json=True)
        if what not in {"predict", "explain"}:
            return replies.refused(404, "Ask to predict or to explain.", as_json=True)
        try:
            body = await request.body()
        except ClientDisconnect:
            # Nobody is there to be told.
            return replies.refused(400, "The request did not come whole.", as_json=True)

        def answer() -> dict[str, Any]:
            model = self._models.of(found.kept(run_id, explanation_id))
            answering = model.predict if what == "predict" else model.explain
            return answering(columns_in(body))

        return await run_in_threadpool(_json, answer)

    def failed(self, request: Request, error: Exception) -> Response:
        """Say what failed: an error of the tree, a refusal, or one that nobody expected."""
        told: dict[str, Any] = {"as_json": request.method == "POST", "around": self._site.page}
        if isinstance(error, ExplainError):
            return replies.failed(error, **told)
        if isinstance(error, HTTPException):
            says = _REFUSALS.get(error.status_code, "That cannot be answered.")
            return replies.refused(error.status_code, says, **told)
        return replies.unexpected(error, **told)

    def _named(self, text: str) -> Kept:
        """Return an explanation by what a form calls it."""
        run_id, _, explanation_id = text.partition("/")
        return found.kept(run_id, explanation_id)

    def _model_of(self, kept: Kept) -> tuple[LiveModel | None, str]:
        """Return the model a page may ask, and why there is none where one was to be loaded."""
        if not self._models.allowed:
            return None, ""
        try:
            return self._models.of(kept), ""
        except ExplainError as error:
            return None, f"No live what-if: {error}"


def _names(both: Sequence[Kept]) -> list[str]:
    names = [plainly(kept.entry) for kept in both]
    if names[0] != names[1]:
        return names
    return [f"{name} ({letter})" for name, letter in zip(names, "ab", strict=True)]


def _json(answer: Callable[[], dict[str, Any]]) -> Response:
    try:
        return replies.as_json(answer())
    except ExplainError as error:
        return replies.failed(error, as_json=True)
