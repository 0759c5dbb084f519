"""The table of Azure ML's calls names calls that exist here, with arguments they take."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import mlflow
import pytest

import mlflow_explain

PAGE = Path(__file__).parents[1] / "docs" / "from_azure.md"
KNOWN: dict[str, Any] = {
    "mlflow": mlflow,
    "mlflow_explain": mlflow_explain,
    "client": mlflow_explain.ExplanationClient,
    "explainer": mlflow_explain.TabularExplainer,
    "scoring": mlflow_explain.ScoringExplainer,
    **{name: getattr(mlflow_explain, name) for name in mlflow_explain.__all__},
}


def calls_of_the_right_column() -> list[str]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split(" | ")[-1] for line in lines if line.startswith("| `")]
    found = [code for cell in cells for code in re.findall(r"`([^`]*\(.*?\))`", cell)]
    return list(dict.fromkeys(found))


def resolved(node: ast.expr) -> Any:
    if isinstance(node, ast.Name):
        return KNOWN[node.id]
    if isinstance(node, ast.Call):
        return resolved(node.func)
    assert isinstance(node, ast.Attribute)
    return getattr(resolved(node.value), node.attr)


def test_there_are_calls():
    assert len(calls_of_the_right_column()) >= 20


@pytest.mark.parametrize("code", calls_of_the_right_column())
def test_calls_exist_and_take_these_arguments(code):
    for call in ast.walk(ast.parse(code)):
        if not isinstance(call, ast.Call):
            continue
        called = resolved(call.func)
        is_method = isinstance(call.func, ast.Attribute) and not inspect.ismethod(called)
        of_instance = is_method and inspect.isclass(resolved(call.func.value))
        names = [keyword.arg for keyword in call.keywords]
        arguments = [None] * (len(call.args) + of_instance)
        inspect.signature(called).bind(*arguments, **dict.fromkeys(names))
