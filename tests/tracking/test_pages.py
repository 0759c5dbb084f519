"""What MLflow's pages show: texts that stay the user's, and parts of them that are ours."""

from __future__ import annotations

import json
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from mlflow_explain import (
    ExplanationClient,
    TabularExplainer,
    describe_version,
    explain_model,
    log_explanation,
    log_model,
)
from mlflow_explain.artifact.fitted import trusted_types
from mlflow_explain.dashboard import markdown
from mlflow_explain.errors import ArtifactNotFoundError, InvalidInputError
from mlflow_explain.tracking.models import nested
from mlflow_explain.tracking.pages import notes, registry
from mlflow_explain.tracking.pages import show as pages
from mlflow_explain.tracking.pages import text as page_text
from mlflow_explain.tracking.pages.text import Page, noted, run_note
from mlflow_explain.tracking.runs.entries import Entry
from mlflow_explain.tracking.runs.kept import kept_in
from mlflow_explain.tracking.runs.records import Record
from tests import small
from tests.explanation.test_value import made


def entry(number: int = 0, comment: str | None = None) -> Entry:
    record = Record.of(made(id=f"id{number}", comment=comment), "0" * 64, None)
    return Entry("1", "a" * 32, record)


# -- the user's words -------------------------------------------------------------------------


def test_our_part_comes_after_the_users_words_and_is_replaced_where_it_stands():
    once = run_note("My words.\n\nMore.", [entry(1)], made(id="id1"))
    assert once.startswith("My words.\n\nMore.\n\nRidge relies most on")
    between = f"{once}\n\nAdded below."
    again = run_note(between, [entry(2), entry(1)], made(id="id2"))
    assert again.startswith("My words.\n\nMore.\n\nRidge relies most on")
    assert again.endswith("-->\n\nAdded below.")
    assert again.count(notes.BEGIN) == 1
    assert "explanations/id2/report.html" in again


def test_nothing_changes_when_nothing_changed():
    once = run_note("My words.", [entry(1)], made(id="id1"))
    assert run_note(once, [entry(1)], made(id="id1")) == once


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("Ridge relies", "Ridge, it seems, relies"),
        lambda text: text.replace("The 3 most", "I think the 3 most"),
        lambda text: text.replace(notes.BEGIN, f"I doubt it. {notes.BEGIN}"),
        lambda text: text.replace(
            "\n\n<!-- mlflow-explain: end", "\n\nMine. <!-- mlflow-explain: end"
        ),
    ],
)
def test_what_the_user_edited_is_theirs(edit):
    edited = edit(run_note("My words.", [entry(1)], made(id="id1")))
    again = run_note(edited, [entry(2)], made(id="id2"))
    assert again.startswith(f"{edited}\n\nRidge relies most on")
    assert "explanations/id2/report.html" in again
    # From then on only our new part is replaced, and removed.
    third = run_note(again, [entry(3)], made(id="id3"))
    assert third.startswith(f"{edited}\n\nRidge relies most on")
    assert "id2" not in third
    assert run_note(third, []) == edited


QUOTED = [
    f"The tool writes between `{notes.BEGIN}` and\n`<!-- mlflow-explain: end -->`; my own words.",
    f"intro {notes.BEGIN} important text <!-- mlflow-explain: end --> tail",
    "Ours ends with <!-- mlflow-explain: end 12-0123456789ab -->, they say.",
    f"{notes.BEGIN} 1\n\n{notes.BEGIN} 2",
]


@pytest.mark.parametrize("words", QUOTED)
def test_words_that_quote_our_markers_stay_as_they_are(words):
    once = run_note(words, [entry(1)], made(id="id1"))
    assert once.startswith(f"{words}\n\nRidge relies most on")
    again = run_note(f"{once}\n\n{words}", [entry(2)], made(id="id2"))
    assert again.startswith(f"{words}\n\nRidge relies most on")
    assert again.endswith(f"-->\n\n{words}")
    assert "id1" not in again
    assert run_note(again, []) == f"{words}\n\n{words}"


@pytest.mark.parametrize("before", ["", "My words.", "LGBM is good: "])
def test_words_before_our_sentence_stay(before):
    once = run_note(None, [entry(1)], made(id="id1"))
    again = run_note(before + once, [entry(2)], made(id="id2"))
    assert again.startswith(f"{before}Ridge relies most on")


def test_an_editor_that_changes_white_space_changes_nothing():
    once = run_note("Mine.", [entry(1)], made(id="id1"))
    again = run_note(once.replace("\n", "\r\n"), [entry(2)], made(id="id2"))
    assert again.count("Ridge relies most on") == 1


def test_with_no_explanation_left_the_users_words_are_left():
    once = run_note("Mine.", [entry(1)], made(id="id1"))
    assert run_note(once, []) == "Mine."
    assert run_note(f"{once}\n\nBelow.", []) == "Mine.\n\nBelow."
    assert run_note("Mine.\n", []) == "Mine."
    assert run_note(run_note(None, [entry(1)]), []) == ""


def test_half_a_part_is_not_ours():
    once = run_note("Mine.", [entry(1)], made(id="id1"))
    half = once[: once.index("<!-- mlflow-explain: end")]
    again = run_note(half, [entry(2)], made(id="id2"))
    assert again.startswith(half.rstrip("\n"))
    assert "explanations/id2/report.html" in again
    assert run_note(again, []) == half.rstrip("\n")


# -- room -------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [4900, 4000, 3000, 2000, 1200, 500, 330, 100, 0])
def test_ours_is_shortened_where_there_is_little_room(room):
    words = "w" * (notes.LIMIT - room)
    entries = [entry(i, "a comment " * 8) for i in range(30)]
    text = run_note(words, entries, made(id="id0"))
    assert text.startswith(words)
    assert len(text) <= notes.LIMIT
    assert ("explanations/id0/report.html" in text) == (room >= 330)
    assert ("| rank" in text.replace("\xa0", "")) == (room >= 1200)
    assert run_note(text, []) == words


def test_long_names_never_cost_the_link():
    long = made(id="id0", features=["x" * 4000, "y" * 4000, "z"])
    text = run_note("Mine.", [entry(0)], long)
    assert text.startswith("Mine.\n\n1 explanation of this run.")
    assert "explanations/id0/report.html" in text


def test_others_are_listed_newest_first_and_bounded():
    text = run_note(None, [entry(i, f"number {i}") for i in range(14)], made(id="id0"))
    assert text.index("number 1”") < text.index("number 2”") < text.index("number 10”")
    assert "number 11”" not in text
    assert "- 3 more, among the artifacts" in text


# -- what is shown ----------------------------------------------------------------------------

NAMES = [
    "a<b>", "R&D", "&lt;", "cost $5 $6", "</script><img onerror=x>", "{{7*7}}", "x|y", "`tick`",
    "[l](http://x)", "*star*", "_a_", "__a__", "~~b~~", "C:\\*", "@user", ":smile:", "5:100:",
    "http://evil.example/x", "www.evil.example", "<!-- mlflow-explain: end -->",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_77_names_are_inert_text(name):
    shown = markdown.escaped(name)
    # Only letters, and characters that start nothing, are left beside the references.
    for special in ("<", ">", "|", "`", "[", "*", "~", "$", "@", "\\", "://", "www.", ":1", ":s"):
        assert special not in shown
    import html

    assert html.unescape(shown) == name


def test_words_stay_readable_where_lists_show_them_raw():
    for text in ("“color_intensity”, 9.5 - low", "2026-11-21 15:16 UTC", "loss: log"):
        assert markdown.escaped(text) == text


def test_characters_no_store_takes_are_replaced():
    text = run_note(None, [entry(1, "bell\x07 nul\x00 half\ud800")], made(id="id1"))
    assert "bell\ufffd nul\ufffd half\ufffd" in text
    assert text.encode()
    assert run_note(text, []) == ""


def test_links_lead_to_pages_of_any_name():
    assert page_text.version_page("a b/c", "2") == "#/models/a%20b%2Fc/versions/2"
    assert (
        page_text.version_link("a (b)", "2") == "[a (b) version 2](#/models/a%20%28b%29/versions/2)"
    )
    text = noted(None, Page("version", [], None, ["Explains x."]))
    assert text.startswith(f"Explains x. {notes.BEGIN}")


# -- in a store -------------------------------------------------------------------------------


def note_of(run_id: str) -> str | None:
    return mlflow.get_run(run_id).data.tags.get(MLFLOW_RUN_NOTE)


def test_the_runs_note_follows_what_is_kept(tracking_store):
    with mlflow.start_run(description="Mine.") as run:
        first = log_explanation(made(), comment="first")
        second = log_explanation(made(), comment="second")
    page = f"#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}/artifacts/"
    text = note_of(run.info.run_id)
    assert text.startswith("Mine.\n\nRidge relies most on “f1”, “f0” and “f2”.")
    assert f"[Open the explanation]({page}{second.artifact_path}/report.html)" in text
    assert f"]({page}{first.artifact_path}/report.html)" in text
    client = ExplanationClient.from_run(run)
    client.delete_model_explanation(second.id)
    text = note_of(run.info.run_id)
    assert second.id not in text
    assert text.startswith("Mine.\n\nRidge relies most on “f1”, “f0” and “f2”.")
    assert f"[Open the explanation]({page}{first.artifact_path}/report.html)" in text
    client.delete_model_explanation(first.id)
    assert note_of(run.info.run_id) == "Mine."


def test_a_note_that_was_all_ours_is_gone_with_the_last_explanation(tracking_store):
    with mlflow.start_run() as run:
        kept = log_explanation(made())
    ExplanationClient.from_run(run).delete_model_explanation(kept.id)
    assert note_of(run.info.run_id) is None


def test_what_is_deleted_is_read_without_its_rows(tracking_store, explanation, monkeypatch):
    with mlflow.start_run() as run:
        log_explanation(explanation)
    kept = kept_in(run.info.run_id, mlflow.MlflowClient())[0]
    fetched = []
    plain = type(kept.store).fetch
    monkeypatch.setattr(
        type(kept.store),
        "fetch",
        lambda s, p, i: (fetched.append(p.split("/", 2)[2]), plain(s, p, i)),
    )
    found = kept.glance()
    assert fetched == ["manifest.json", "raw/global.npz"]
    assert found.get_feature_importance_dict() == explanation.get_feature_importance_dict()
    assert found.local is None
    assert found.rows is None


def test_46_a_note_that_fails_costs_a_warning_not_the_upload(tracking_store, monkeypatch, caplog):
    plain = mlflow.MlflowClient.log_batch

    def refusing(self, run_id, metrics=(), tags=()):
        if MLFLOW_RUN_NOTE in {tag.key for tag in tags}:
            raise MlflowException("the database is away")
        return plain(self, run_id, metrics=metrics, tags=tags)

    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", refusing)
    with mlflow.start_run() as run:
        kept = log_explanation(made())
    assert "The page of run" in caplog.text
    assert "StoreError" in caplog.text
    assert "the database is away" in caplog.text
    assert ExplanationClient.from_run(run).list_model_explanations()[0]["id"] == kept.id


@pytest.fixture
def logged_model(tracking_store, on_frames):
    with mlflow.start_run(run_name="training"):
        return mlflow.sklearn.log_model(
            on_frames, name="plain", registered_model_name="plain", pip_requirements=["mlflow"],
            skops_trusted_types=trusted_types(on_frames),
        )  # fmt: skip


@pytest.fixture
def explanation_of_frames(on_frames):
    return TabularExplainer(on_frames, small.FRAME).explain_global(small.FRAME)


def files_of(model_id: str, folder: str) -> set[str]:
    client = mlflow.MlflowClient()
    return {
        file.path.split("/")[-1] for file in client.list_logged_model_artifacts(model_id, folder)
    }


def logged_model_folder(model_id: str) -> str:
    return (
        mlflow.MlflowClient().get_logged_model(model_id).artifact_location.removeprefix("file://")
    )


@pytest.mark.parametrize("form", ["models:/{id}", "models:/plain/1", "runs:/{run}/plain"])
def test_a_logged_models_page_shows_what_explains_it(logged_model, explanation_of_frames, form):
    model_id = logged_model.model_id
    client = mlflow.MlflowClient()
    client.set_logged_model_tags(model_id, {MLFLOW_RUN_NOTE: "Mine."})
    folder = Path(logged_model_folder(model_id))
    digest = nested.digest_of(folder)
    uri = form.format(id=model_id, run=logged_model.run_id)
    with mlflow.start_run() as run:
        kept = log_explanation(explanation_of_frames, model_uri=uri, comment="new rows")
    assert files_of(model_id, kept.artifact_path) == {
        "report.html", "report.md", "summary.png", "global_importance.json",
    }  # fmt: skip
    tags = client.get_logged_model(model_id).tags
    told = json.loads(tags[f"mlflow_explain.explanation.{kept.id}"])
    assert (told["uri"], told["digest"]) == (kept.uri, kept.digest)
    note = tags[MLFLOW_RUN_NOTE]
    assert note.startswith("Mine.\n\nLogisticRegression relies most on “")
    assert f"runs/{run.info.run_id}/artifacts/{kept.artifact_path}/report.html" in note
    assert f"summary.png&run_uuid={run.info.run_id}" in note
    # What is shown beside a model is no part of it.
    assert nested.digest_of(folder) == digest
    ExplanationClient.from_run(run).delete_model_explanation(kept.id)
    tags = client.get_logged_model(model_id).tags
    assert tags[MLFLOW_RUN_NOTE] == "Mine."
    assert not [key for key in tags if key.startswith("mlflow_explain.")]
    assert files_of(model_id, "explanations") == set()


def test_without_its_page_the_report_in_markdown_is_linked(logged_model, explanation_of_frames):
    with mlflow.start_run() as run:
        kept = log_explanation(
            explanation_of_frames, model_uri=logged_model.model_uri, include_report=False
        )
    assert f"{kept.artifact_path}/report.md)" in note_of(run.info.run_id)
    assert files_of(logged_model.model_id, kept.artifact_path) == {
        "report.md", "summary.png", "global_importance.json",
    }  # fmt: skip


def test_a_large_report_stays_with_the_run(logged_model, explanation_of_frames, monkeypatch):
    monkeypatch.setattr(pages, "_LARGEST_REPORT", 100)
    with mlflow.start_run():
        kept = log_explanation(explanation_of_frames, model_id=logged_model.model_id)
    assert "report.html" not in files_of(logged_model.model_id, kept.artifact_path)


def test_a_model_explained_by_its_address_shows_it(logged_model):
    with mlflow.start_run():
        kept = explain_model(logged_model.model_uri, small.FRAME)
    tags = mlflow.MlflowClient().get_logged_model(logged_model.model_id).tags
    assert kept.artifact_path in tags[MLFLOW_RUN_NOTE]


def test_the_pairs_page_and_its_versions_show_the_explanation(
    tracking_store, on_frames, explanation_of_frames
):
    explainer = TabularExplainer(on_frames, small.FRAME)
    with mlflow.start_run() as run:
        kept = log_explanation(explanation_of_frames, comment="all")
        info = log_model(
            on_frames, scoring_explainer=explainer, registered_model_name="pair", explanation=kept
        )
    client = mlflow.MlflowClient()
    model = client.get_logged_model(info.model_id)
    assert kept.artifact_path in model.tags[MLFLOW_RUN_NOTE]
    assert "summary.png" in files_of(info.model_id, kept.artifact_path)
    ours = info.flavors["mlflow_explain"]
    assert model.tags[registry.TAG_DIGEST] == ours["explainer_digest"]
    version = client.get_model_version("pair", "1")
    assert version.tags[registry.TAG_EXPLANATION] == kept.uri
    assert version.tags[registry.TAG_EXPLANATION_DIGEST] == kept.digest
    text = version.description
    assert text.startswith("LogisticRegression relies most on “")
    assert f"runs/{run.info.run_id}/artifacts/{kept.artifact_path}/report.html" in text
    assert f"summary.png&run_uuid={run.info.run_id}" in text
    assert "| 3 |" in text
    assert f"[this run](#/experiments/0/runs/{run.info.run_id})" in text
    assert client.get_registered_model("pair").description in {None, ""}
    client.update_model_version("pair", "1", f"{text}\n\nMine.")
    ExplanationClient.from_run(run).delete_model_explanation(kept.id)
    version = client.get_model_version("pair", "1")
    assert version.description == "Mine."
    assert set(version.tags) == {registry.TAG_DIGEST, registry.TAG_MODEL_DIGEST}
    assert MLFLOW_RUN_NOTE not in client.get_logged_model(info.model_id).tags


def test_versions_link_to_each_other_on_their_pages(logged_model, on_frames, explanation_of_frames):
    client = mlflow.MlflowClient()
    client.update_model_version("plain", "1", "Mine.")
    with mlflow.start_run() as run:
        kept = log_explanation(explanation_of_frames)
        log_model(
            scoring_explainer=TabularExplainer(on_frames, small.FRAME), name="explainer",
            registered_model_name="explainer", model_version=("plain", "1"), explanation=kept,
        )  # fmt: skip
    model, explainer = (client.get_model_version(n, "1") for n in ("plain", "explainer"))
    assert model.description.startswith(
        "Mine.\n\nExplained by [explainer version 1](#/models/explainer/versions/1)."
    )
    assert "Explains [plain version 1](#/models/plain/versions/1)." in explainer.description
    describe_version("plain", 1, kept)
    text = client.get_model_version("plain", "1").description
    assert text.startswith("Mine.\n\nLogisticRegression relies most on “")
    assert "Explained by [explainer version 1](#/models/explainer/versions/1)." in text
    assert f"[this run](#/experiments/0/runs/{run.info.run_id})" in text
    assert f"[another run](#/experiments/0/runs/{logged_model.run_id})" in text


def test_an_explainer_of_no_version_is_refused_before_anything_is_logged(tracking_store, on_frames):
    with mlflow.start_run(), pytest.raises(ArtifactNotFoundError, match="models:/nothing/7"):
        log_model(
            scoring_explainer=TabularExplainer(on_frames, small.FRAME),
            registered_model_name="explainer", model_version=("nothing", "7"),
        )  # fmt: skip
    assert mlflow.search_logged_models(output_format="list") == []


def test_a_deleted_explanation_leaves_a_versions_links(logged_model, explanation_of_frames):
    with mlflow.start_run() as run:
        kept = log_explanation(explanation_of_frames)
    describe_version("plain", 1, kept)
    ExplanationClient.from_run(run).delete_model_explanation(kept.id)
    registry.link(("plain", "1"), ("plain", "1"))
    text = mlflow.MlflowClient().get_model_version("plain", "1").description
    assert kept.id not in text
    assert "Explained by [plain version 1]" in text


def test_describing_no_version_is_a_typed_error(tracking_store):
    with mlflow.start_run():
        kept = log_explanation(made())
    with pytest.raises(ArtifactNotFoundError, match="version 3 of nothing"):
        describe_version("nothing", 3, kept)


def test_a_deleted_explanation_is_not_shown_on_a_version(logged_model, explanation_of_frames):
    with mlflow.start_run() as run:
        kept = log_explanation(explanation_of_frames)
    ExplanationClient.from_run(run).delete_model_explanation(kept.id)
    with pytest.raises(ArtifactNotFoundError, match="may have been deleted"):
        describe_version("plain", 1, kept)
    version = mlflow.MlflowClient().get_model_version("plain", "1")
    assert (version.tags, version.description) == ({}, None)


def test_a_pair_logged_with_a_deleted_explanation_is_linked_all_the_same(
    logged_model, on_frames, explanation_of_frames, caplog
):
    with mlflow.start_run() as run:
        kept = log_explanation(explanation_of_frames)
        ExplanationClient.from_run(run).delete_model_explanation(kept.id)
        log_model(
            scoring_explainer=TabularExplainer(on_frames, small.FRAME), name="explainer",
            registered_model_name="explainer", model_version=("plain", "1"), explanation=kept,
        )  # fmt: skip
    assert "may have been deleted" in caplog.text
    tags = mlflow.MlflowClient().get_model_version("plain", "1").tags
    assert tags.pop(registry.TAG_EXPLAINER) == "models:/explainer/1"
    assert list(tags) == [registry.TAG_MODEL_DIGEST]


def test_a_version_of_a_run_that_is_elsewhere_is_described(logged_model, explanation_of_frames):
    client = mlflow.MlflowClient()
    source = client.get_model_version("plain", "1").source
    version = client.create_model_version("plain", source=source, run_id="f" * 32).version
    with mlflow.start_run() as run:
        kept = log_explanation(explanation_of_frames)
    describe_version("plain", version, kept)
    text = client.get_model_version("plain", version).description
    assert f"[this run](#/experiments/0/runs/{run.info.run_id})" in text
    assert "another run" not in text


def test_only_what_was_logged_is_shown_on_a_version(logged_model, on_frames, explanation_of_frames):
    for given in (explanation_of_frames, None, "an id"):
        with pytest.raises(InvalidInputError, match="what `log_explanation` returned"):
            describe_version("plain", 1, given)
    with pytest.raises(InvalidInputError, match="what `log_explanation` returned"):
        log_model(
            on_frames, scoring_explainer=TabularExplainer(on_frames, small.FRAME),
            explanation=explanation_of_frames,
        )  # fmt: skip
    assert len(mlflow.search_logged_models(output_format="list")) == 1


# -- deleting, wherever it is shown -----------------------------------------------------------


def shown_by(model_id: str) -> tuple[list[str], str | None]:
    tags = mlflow.MlflowClient().get_logged_model(model_id).tags
    prefix = "mlflow_explain.explanation."
    ids = [key.removeprefix(prefix) for key in tags if key.startswith(prefix)]
    return ids, tags.get(MLFLOW_RUN_NOTE)


def registered_pair(model, name: str, **keywords):
    with mlflow.start_run():
        return log_model(
            model, scoring_explainer=TabularExplainer(model, small.FRAME),
            registered_model_name=name, **keywords,
        )  # fmt: skip


@pytest.fixture
def experiment_elsewhere(tracking_store) -> str:
    return mlflow.create_experiment("elsewhere")


def test_what_is_deleted_leaves_pages_of_other_runs_models_and_copies(
    tracking_store, on_frames, explanation_of_frames, experiment_elsewhere
):
    client = mlflow.MlflowClient()
    with mlflow.start_run(experiment_id=experiment_elsewhere) as run:
        kept = log_explanation(explanation_of_frames)
    pair = registered_pair(on_frames, "pair", explanation=kept)
    client.copy_model_version("models:/pair/1", "copy")
    assert shown_by(pair.model_id)[0] == [kept.id]
    assert kept.id in client.get_model_version("copy", "1").description
    ExplanationClient.from_run(run).delete_model_explanation(kept.id)
    assert shown_by(pair.model_id) == ([], None)
    assert files_of(pair.model_id, "explanations") == set()
    for name in ("pair", "copy"):
        version = client.get_model_version(name, "1")
        assert registry.TAG_EXPLANATION not in version.tags
        assert version.description == ""


def test_what_is_deleted_leaves_the_pages_though_its_model_is_gone(
    tracking_store, on_frames, explanation_of_frames
):
    client = mlflow.MlflowClient()
    gone = registered_pair(on_frames, "gone")
    with mlflow.start_run() as run:
        kept = log_explanation(explanation_of_frames, model_uri="models:/gone/1")
    stays = registered_pair(on_frames, "stays", explanation=kept)
    client.delete_registered_model("gone")
    ExplanationClient.from_run(run).delete_model_explanation(kept.id)
    assert shown_by(gone.model_id) == shown_by(stays.model_id) == ([], None)
    assert registry.TAG_EXPLANATION not in client.get_model_version("stays", "1").tags


def test_what_is_deleted_leaves_the_page_of_the_model_an_alias_stood_for(tracking_store, on_frames):
    client = mlflow.MlflowClient()
    first = registered_pair(on_frames, "pair")
    client.set_registered_model_alias("pair", "champion", "1")
    with mlflow.start_run() as run:
        kept = explain_model("models:/pair@champion", small.FRAME)
    second = registered_pair(on_frames, "pair")
    client.set_registered_model_alias("pair", "champion", "2")
    (listed,) = ExplanationClient.from_run(run).list_model_explanations()
    assert listed["model_uri"] == "models:/pair/1"
    assert shown_by(first.model_id)[0] == [kept.id]
    assert shown_by(second.model_id) == ([], None)
    ExplanationClient.from_run(run).delete_model_explanation(kept.id)
    assert shown_by(first.model_id) == ([], None)


def test_an_explanation_of_the_same_id_in_another_run_stays_shown(
    tracking_store, on_frames, explanation_of_frames
):
    with mlflow.start_run() as other:
        log_explanation(explanation_of_frames)
    with mlflow.start_run():
        kept = log_explanation(explanation_of_frames)
    pair = registered_pair(on_frames, "pair", explanation=kept)
    assert kept.id == explanation_of_frames.id
    ExplanationClient.from_run(other).delete_model_explanation(kept.id)
    assert shown_by(pair.model_id)[0] == [kept.id]


def test_46_a_page_that_cannot_be_cleaned_costs_a_warning_and_the_others_are(
    tracking_store, on_frames, explanation_of_frames, monkeypatch, caplog
):
    with mlflow.start_run() as run:
        kept = log_explanation(explanation_of_frames)
    pairs = [registered_pair(on_frames, name, explanation=kept) for name in ("one", "two")]
    plain = mlflow.MlflowClient.delete_logged_model_tag

    def refusing(self, model_id, key):
        if model_id == pairs[0].model_id:
            raise MlflowException("the database is away")
        return plain(self, model_id, key)

    monkeypatch.setattr(mlflow.MlflowClient, "delete_logged_model_tag", refusing)
    ExplanationClient.from_run(run).delete_model_explanation(kept.id)
    assert f"The page of the model {pairs[0].model_id} could not be updated" in caplog.text
    assert [shown_by(pair.model_id)[0] for pair in pairs] == [[kept.id], []]
    for name in ("one", "two"):
        version = mlflow.MlflowClient().get_model_version(name, "1")
        assert registry.TAG_EXPLANATION not in version.tags
    assert ExplanationClient.from_run(run).list_model_explanations() == []
