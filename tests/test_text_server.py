"""A real server of a model of texts: `mlflow models serve` on a free port of this machine."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from examples import demo
from mlflow_explain import save_model
from tests import texts as made
from tests.serving import body_of
from tests.test_server import post, tools_on_path  # noqa: F401 - a fixture

pytestmark = pytest.mark.server


def test_texts_of_every_kind_are_answered_with_the_places_of_their_tokens(tmp_path):
    model = made.pipeline()
    save_model(model, tmp_path / "m", scoring_explainer=made.explainer(model))
    rows = pd.DataFrame({"text": made.ODD})
    body = body_of(rows)
    with demo.served(str(tmp_path / "m")) as url:
        status, answer = post(url, json.dumps(body).encode())
        assert status == 200
        replies = json.loads(answer)["predictions"]
        silent = post(url, json.dumps(body | {"params": {"explain": False}}).encode())
        cut = json.loads(post(url, json.dumps(body | {"params": {"top_k": 1}}).encode())[1])
        csv = post(url, rows[rows.text != ""].to_csv(index=False).encode(), "text/csv")
        refused = post(url, json.dumps(body_of(pd.DataFrame({"text": [None]}))).encode())
    expected = model.predict(made.ODD).tolist()
    assert json.loads(silent[1]) == {"predictions": expected}
    assert [row["prediction"] for row in replies] == expected
    for row, short, text, output in zip(
        replies, cut["predictions"], made.ODD, model.predict_proba(made.ODD)[:, 1], strict=True
    ):
        entries = row["local_importance_values"]
        assert [text[e["start"] : e["end"]] for e in entries] == [e["token"] for e in entries]
        # Nothing of a text but space is in no token.
        covered = sum(e["end"] - e["start"] for e in entries)
        assert covered == len("".join(text.split()))
        for reply in (row, short):
            assert reply["explanation_status"] == "ok"
            listed = sum(e["importance"] for e in reply["local_importance_values"])
            whole = reply["expected_value"] + listed + reply["other_importance"]
            assert whole == pytest.approx(output, abs=1e-9)
        assert len(short["local_importance_values"]) == min(1, len(entries))
    assert csv[0] == 200
    assert refused[0] == 400
    assert "column text" in json.loads(refused[1])["message"]
