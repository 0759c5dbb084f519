from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mlflow_explain import ExplanationClient, errors
from mlflow_explain.cli import exits, program
from mlflow_explain.cli.command import Asked

BIN = Path(sys.executable).parent / "mlflow-explain"
HEAVY = {"numpy", "pandas", "sklearn", "scipy", "shap", "lightgbm", "matplotlib", "mlflow", "numba"}


def shell(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )


# Runs the command line, and tells on stderr what was imported for it.
MODULES = (
    "import sys, atexit; from mlflow_explain.cli import main; atexit.register(lambda: "
    "sys.stderr.write(' '.join(m.split('.')[0] for m in sys.modules))); main(sys.argv[1:])"
)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--help"], {}),
        (["export", "--help"], {}),
        ([], {"_MLFLOW_EXPLAIN_COMPLETE": "bash_source"}),
        ([], {"_MLFLOW_EXPLAIN_COMPLETE": "bash_complete", "COMP_WORDS": "mlflow-explain e",
              "COMP_CWORD": "1"}),
    ],
)  # fmt: skip
def test_help_and_completion_import_nothing_heavy(arguments, environment):
    done = shell(sys.executable, "-c", MODULES, *arguments, **environment)
    assert done.returncode == 0
    assert done.stdout
    assert HEAVY & set(done.stderr.split()) == set()


@pytest.mark.parametrize(
    "arguments", [["list"], ["explain", "m", "d.csv", "--run-id", "r", "--experiment", "e"]]
)
def test_what_is_misused_imports_nothing_heavy(arguments):
    done = shell(sys.executable, "-c", MODULES, *arguments)
    assert done.returncode == 2
    assert HEAVY & set(done.stderr.split()) == set()


def test_the_script_and_the_module_are_the_same_program():
    script, module = shell(str(BIN), "--help"), shell(sys.executable, "-m", "mlflow_explain.cli",
                                                      "--help")  # fmt: skip
    assert script.stdout == module.stdout
    assert script.returncode == module.returncode == 0
    for command in program.COMMANDS:
        assert f"\n  {command.name} " in script.stdout
    for row in exits.EXITS:
        assert f"{row.code:>4}  {row.means}" in script.stdout


def test_shells_complete_commands_formats_and_files():
    def completed(words: str, place: int) -> list[str]:
        done = shell(
            str(BIN), _MLFLOW_EXPLAIN_COMPLETE="bash_complete", COMP_WORDS=words,
            COMP_CWORD=str(place),
        )  # fmt: skip
        return done.stdout.split()

    assert (
        "_mlflow_explain_completion"
        in shell(str(BIN), _MLFLOW_EXPLAIN_COMPLETE="bash_source").stdout
    )
    assert completed("mlflow-explain ex", 1) == ["plain,explain", "plain,export"]
    formats = completed("mlflow-explain export x y --format ", 5)
    assert formats == [f"plain,{name}" for name in
                       ("folder", "csv", "parquet", "json", "html", "png")]  # fmt: skip
    assert completed("mlflow-explain explain models:/x/1 ro", 3) == ["file,ro"]


def test_every_command_takes_json_and_a_store():
    for command in program.COMMANDS:
        options = {option for parameter in command.params for option in parameter.opts}
        assert options >= {"--json", "--tracking-uri"}, command.name
        assert command.help


def test_every_error_has_an_exit_code():
    made = {
        cls.__name__: exits.code_of(cls("a", "b", "Do c."))
        for cls in vars(errors).values()
        if isinstance(cls, type)
    }
    assert made["ArtifactNotFoundError"] == 3
    assert made["CorruptArtifactError"] == made["FormatVersionError"] == 4
    assert made["StoreError"] == made["StoreAccessError"] == 5
    assert made["ArtifactExistsError"] == 7
    assert made["FeatureError"] == made["UnsupportedModelError"] == made["OutOfTimeError"] == 6
    assert made["OutOfPredictionsError"] == 6
    assert len({row.code for row in exits.EXITS}) == len(exits.EXITS)


def test_errors_are_one_line_without_a_trace(cli):
    code, out, err = cli("list", "nosuchrun")
    assert (code, out) == (3, "")
    assert err.startswith("Error: Expected the store to show run nosuchrun; got ")
    assert err.count("\n") == 1


def test_errors_are_an_object_where_json_is_asked_for(cli):
    code, out, err = cli("list", "nosuchrun", "--json")
    told = json.loads(out)["error"]
    assert code == told["exit_code"] == 3
    assert told["type"] == "ArtifactNotFoundError"
    assert told["expected"] == "the store to show run nosuchrun"
    assert err == f"Error: {told['message']}\n"


@pytest.mark.parametrize(
    "arguments", [["nosuch"], ["list"], ["export", "a"], ["show", "a", "--show", "-1"],
                  ["explain", "m", "d", "--run-id", "a", "--experiment", "b"]],
)  # fmt: skip
def test_wrong_usage_is_code_2(cli, arguments):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert "Error: " in err
    code, out, _ = cli(*arguments, "--json")
    assert (code, json.loads(out)["error"]["type"]) == (2, "UsageError")


def test_help_is_shown_without_a_command(cli):
    code, _, err = cli()
    assert code == 2
    assert "Usage: mlflow-explain" in err


def test_what_nobody_expected_keeps_its_trace(cli, monkeypatch):
    def fails(*_):
        raise RuntimeError("what nobody expected")

    monkeypatch.setattr(ExplanationClient, "from_run_id", fails)
    code, out, err = cli("list", "a", "--json")
    assert code == 70
    assert "Traceback" in err
    assert json.loads(out)["error"] == {
        "type": "RuntimeError", "message": "what nobody expected", "exit_code": 70,
    }  # fmt: skip


def test_an_interrupt_is_code_130(cli, monkeypatch):
    def stops(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ExplanationClient, "from_run_id", stops)
    assert cli("list", "a") == (130, "", "Interrupted.\n")


def test_nothing_but_the_answer_is_printed_to_stdout(cli, shop, monkeypatch):
    real = ExplanationClient.from_run_id

    def prints(run_id):
        sys.stdout.write("MLflow says something\n")
        return real(run_id)

    monkeypatch.setattr(ExplanationClient, "from_run_id", prints)
    code, out, err = cli("list", shop.run_id, "--json")
    assert code == 0
    assert json.loads(out)["explanations"][0]["id"] == shop.explanation_id
    assert err == "MLflow says something\n"


def test_a_reader_that_leaves_is_told_nothing(shop):
    command = [str(BIN), "--tracking-uri", shop.uri, "list", shop.run_id]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_the_store_is_named_by_an_option_of_either(cli, shop, monkeypatch, tmp_path):
    elsewhere = f"sqlite:///{tmp_path / 'empty.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", elsewhere)
    assert cli("list", shop.run_id).code == 3
    assert cli("--tracking-uri", shop.uri, "list", shop.run_id).code == 0
    assert cli("list", shop.run_id, "--tracking-uri", shop.uri).code == 0
    assert os.environ["MLFLOW_TRACKING_URI"] == elsewhere


def test_a_terminal_without_the_characters_shows_their_codes(shop):
    done = shell(
        str(BIN), "--tracking-uri", shop.uri, "show", shop.run_id, PYTHONIOENCODING="latin-1"
    )
    assert done.returncode == 0
    assert "LogisticRegression relies most on \\u201c" in done.stdout


def test_the_documented_commands_are_understood():
    document = (Path(__file__).parents[2] / "docs" / "command_line.md").read_text()
    commands = [
        line.removeprefix("$ ").split(" | ")[0]
        for line in document.splitlines()
        if line.startswith("$ mlflow-explain ")
    ]
    assert len(commands) >= 4
    for command in commands:
        arguments = shlex.split(command, comments=True)[1:]
        # Nothing is done yet.
        assert isinstance(program.parsed(arguments), Asked), command
