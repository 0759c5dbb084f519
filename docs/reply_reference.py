"""The reference in docs/serving.md, made of what the code declares and of replies it gives.

Options and parameters come from docstrings and from a logged signature, fields from replies of
small models. ``python -m docs.reply_reference`` writes it anew.
"""

from __future__ import annotations

import inspect
import itertools
import json
import re
import tempfile
import warnings
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import pandas as pd
from mlflow.pyfunc import scoring_server
from sklearn.linear_model import LinearRegression, LogisticRegression

from mlflow_explain import (
    LinearExplainableModel,
    MimicExplainer,
    TabularExplainer,
    log_model,
    save_model,
)
from mlflow_explain.scoring import reasons
from mlflow_explain.scoring.options import ReplyOptions
from mlflow_explain.tracking.models.settings import Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = Path(__file__).parent / "serving.md"
NAMES = ("options", "parameters", "fields", "statuses", "examples")

ROWS = pd.DataFrame(
    {
        "income": [2.0, 3.0, 3.0, 4.0, 5.0, 7.0, 8.0, 8.0],
        "debt": [5.0, 1.0, 4.0, 2.0, 6.0, 2.0, 5.0, 0.0],
        "years": [1.0, 8.0, 2.0, 3.0, 1.0, 9.0, 2.0, 5.0],
    }
)
LABELS = pd.Series(["no", "yes", "no", "no", "no", "yes", "no", "yes"], name="granted")
AMOUNT = pd.Series([1.0, 6.0, 2.0, 4.0, 2.5, 9.0, 5.5, 11.0], name="amount")

MEANINGS = {
    "prediction": "the model's own answer, as without reasons; labels as text",
    "probabilities": "of a classifier that tells them; the labels as text",
    "explained_output": "the label, or the target, whose reasons these are",
    "output_space": "the unit of `expected_value` and of importances: `log-odds`, `probability`, "
    "`margin` or `raw`",
    "expected_value": "what the model answers on average, in that unit",
    "local_importance_values": 'what each feature adds to it in this row; with `format="list"` a '
    "list in the order of the features, `null` for those that `top_k` left out",
    "other_importance": "sum of the importances that `top_k` left out; "
    "[of texts](#models-of-texts) always there",
    "all_expected_values": "`expected_value` of every output",
    "all_local_importance_values": "importances for every output",
    "additivity_residual": "the model's output less `expected_value` less all importances: what an "
    "engine that approximates does not account for",
    "explanation_status": "`ok`, or why the row has no importances",
}
STATUSES = {
    reasons.OK: "the importances are there",
    reasons.NOT_ASKED: "the prediction does not meet the condition the model was logged with",
    reasons.OUT_OF_TIME: "the rows before this one took the time there was; the prediction is the "
    "model's",
    reasons.NOT_FINITE: "a value the model takes but importances cannot be told of, such as a "
    "missing one in an explainer alone",
    "failed: <type>": "the explainer raised an error of this type; the server's log counts them",
}


@dataclass(frozen=True)
class Asked:
    """One column of the table of fields: who was asked for what."""

    words: str
    model: str
    params: dict[str, Any]


ASKED = (
    Asked("classifier", "classifier", {}),
    Asked("regression", "regression", {}),
    Asked("explainer alone", "alone", {}),
    Asked("engine that approximates", "approximate", {}),
    Asked("with `top_k`", "classifier", {"top_k": 1}),
    Asked('with `output="all"`', "classifier", {"output": "all"}),
)
EXAMPLES = (
    ("A classifier, asked for the two largest", Asked("", "classifier", {"top_k": 2})),
    ("A regression", Asked("", "regression", {})),
    ('The classifier, logged with `format="list"`', Asked("", "list", {})),
)


class Served:
    """Small models behind what MLflow's scoring server calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name, save in _MODELS.items():
            save(folder / name)

    def ask(self, asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a request of one row and the object it is answered with."""
        model = mlflow.pyfunc.load_model(str(self._folder / asked.model))
        body: dict[str, Any] = {"dataframe_records": ROWS.head(1).to_dict(orient="records")}
        body |= {"params": asked.params} if asked.params else {}
        answer = scoring_server.invocations(
            json.dumps(body), "application/json", model, model.metadata.get_input_schema()
        )
        return body, json.loads(answer.response)["predictions"][0]

    def signature(self, name: str) -> Any:
        """Return the logged signature of a model."""
        return mlflow.models.get_model_info(str(self._folder / name)).signature


def _classifier(folder: Path, **settings: Any) -> None:
    model = LogisticRegression(tol=1e-9).fit(ROWS, LABELS)
    explainer = TabularExplainer(model, ROWS)
    save_model(model, folder, scoring_explainer=explainer, **settings)


def _regression(folder: Path) -> None:
    model = LinearRegression().fit(ROWS, AMOUNT)
    explainer = TabularExplainer(model, ROWS)
    save_model(model, folder, scoring_explainer=explainer, target=str(AMOUNT.name))


def _approximate(folder: Path) -> None:
    model = LogisticRegression(tol=1e-9).fit(ROWS, LABELS)
    explainer = MimicExplainer(model, ROWS, LinearExplainableModel)
    save_model(model, folder, scoring_explainer=explainer)


def _alone(folder: Path) -> None:
    model = LogisticRegression(tol=1e-9).fit(ROWS, LABELS)
    save_model(path=folder, scoring_explainer=TabularExplainer(model, ROWS))


_MODELS: dict[str, Callable[[Path], None]] = {
    "classifier": _classifier,
    "regression": _regression,
    "approximate": _approximate,
    "alone": _alone,
    "list": lambda folder: _classifier(folder, format="list"),
}


def options() -> Iterator[list[str]]:
    """Yield a line per parameter of `log_model`."""
    own = described(log_model)
    said = described(save_model) | {
        name: text for name, text in own.items() if not text.startswith("as of `save_model`")
    }
    yield ["`log_model(...)`", "default", "meaning"]
    for name, parameter in inspect.signature(log_model).parameters.items():
        default = "" if parameter.default is parameter.empty else f"`{parameter.default!r}`"
        yield [f"`{name}`", default, said[name]]


def parameters(served: Served) -> Iterator[list[str]]:
    """Yield a line per parameter of a request."""
    said = described(ReplyOptions)
    yield ["parameter", "type", "default", "meaning"]
    for spec in served.signature("classifier").params.params:
        default = json.dumps(spec.default)
        if spec.name in {field.name for field in fields(Serving)}:
            default = "as logged"
        elif spec.name == "explain":
            default = "as logged: `explain_by_default`"
        yield [f"`{spec.name}`", str(spec.dtype.name), default, said[spec.name]]


def reply_fields(served: Served) -> Iterator[list[str]]:
    """Yield a line per field of a reply, with the requests that are answered with it."""
    replies = [served.ask(asked)[1] for asked in ASKED]
    kinds: dict[str, list[str]] = {}
    for name, value in itertools.chain.from_iterable(reply.items() for reply in replies):
        found = kinds.setdefault(name, [])
        found += [kind(value)] if kind(value) not in found else []
    yield ["field", "type", "meaning", *(asked.words for asked in ASKED)]
    # In the order of replies: what only some have stands where they have it.
    for name in sorted(kinds, key=list(MEANINGS).index):
        ticks = ["yes" if name in reply else "" for reply in replies]
        yield [f"`{name}`", " or ".join(kinds[name]), MEANINGS[name], *ticks]


def kind(value: Any) -> str:
    """Return the type of a value of a reply, in words."""
    if isinstance(value, dict):
        key = "feature" if set(value) <= set(ROWS) else "label"
        return f"{{{key}: {kind(next(iter(value.values())))}}}"
    return "text" if isinstance(value, str) else "number"


def statuses() -> Iterator[list[str]]:
    """Yield a line per value of `explanation_status`."""
    yield ["`explanation_status`", "means that"]
    for status, meaning in STATUSES.items():
        yield [f"`{status}`", meaning]


def examples(served: Served) -> str:
    """Return requests and their replies."""
    parts = []
    for words, asked in EXAMPLES:
        body, reply = served.ask(asked)
        request, answer = _written(body), _written(_rounded(reply))
        parts.append(f"{words}:\n\n```json\n{request}\n```\n\n```json\n{answer}\n```")
    return "\n\n".join(parts)


def described(documented: Any) -> dict[str, str]:
    """Return what a docstring says of each parameter, in one line."""
    section = inspect.getdoc(documented).split("Parameters\n----------\n")[1].split("\n\n")[0]
    # Names stand at the margin, several of them in more than one line, and what they mean below.
    parts = re.findall(r"((?:^\S.*\n)+)((?:^ .*\n?)+)", section + "\n", re.MULTILINE)
    return {
        name.strip(): _sentence(" ".join(text.split()).replace("``", "`"))
        for names, text in parts
        for name in names.partition(" : ")[0].split(",")
    }


def table(lines: Iterator[list[str]]) -> str:
    """Return lines as a Markdown table; the first is its head."""
    head, *rest = lines
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rest])


def reference() -> dict[str, str]:
    """Return the parts of the page that are made, by name."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Eight rows are few for a surrogate.
        warnings.simplefilter("ignore")
        served = Served(Path(folder))
        made = (
            table(options()), table(parameters(served)), table(reply_fields(served)),
            table(statuses()), examples(served),
        )  # fmt: skip
    return dict(zip(NAMES, made, strict=True))


def written(page: str, parts: dict[str, str]) -> str:
    """Return a page with each part between its marks."""
    for name, made in parts.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, rest = page.split(begin)
        page = f"{before}{begin}\n{made}\n{end}{rest.split(end)[1]}"
    return page


def _sentence(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def _written(content: dict[str, Any]) -> str:
    """Return an object as JSON, a line for each of its entries."""
    lines = [f' "{name}": {json.dumps(value)}' for name, value in content.items()]
    return "{" + ",\n".join(lines)[1:] + "}"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), reference()))
