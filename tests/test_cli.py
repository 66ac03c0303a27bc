"""The command says what it did, in one line where it failed, and as JSON where it is asked to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag import Answer, __version__
from rag.cli import main
from tests.conftest import ROOT, SEEDS


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITED_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CITED_MODEL", "none")


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rag", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False)


def test_ask_prints_the_answer_and_its_citations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "Who directs the Carnegie Russia Eurasia Center?", "--corpus", str(SEEDS)]) == 0
    printed = capsys.readouterr().out
    assert "Alexander Gabuev, director of the Carnegie Russia Eurasia Center" in printed
    assert "[1] The two nations have established an informal partnership" in printed
    assert "004_aea046b3ecdc98ab.txt:" in printed
    assert "\x1b" not in printed


def test_ask_prints_the_answer_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "Who directs the Carnegie Russia Eurasia Center?", "--json", "--corpus", str(SEEDS)]) == 0
    answer = Answer.from_dict(json.loads(capsys.readouterr().out))
    text = (SEEDS / answer.citations[0].source).read_text(encoding="utf-8")
    assert text[answer.citations[0].start : answer.citations[0].end] == answer.citations[0].quote


def test_a_refusal_is_printed_with_its_reason_and_nearest_passages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "What is the population of Kazan?", "--corpus", str(SEEDS)]) == 0
    printed = capsys.readouterr().out
    assert "The articles do not answer this question." in printed
    assert "Looked for: population, Kazan." in printed


def test_index_reports_every_file(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (corpus / "broken.txt").write_bytes(b"\xff\xff")
    assert main(["index", "--corpus", str(corpus)]) == 0
    printed = capsys.readouterr().out
    assert "3 added, 0 updated, 0 deleted, 0 unchanged, 1 rejected" in printed
    assert "rejected broken.txt: " in printed
    assert main(["index", "--corpus", str(corpus), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] == ["bridge.txt", "harbour.txt", "market.md"]


def test_chat_goes_on_until_an_empty_line(
    corpus: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["Who opened the bridge on Oct. 14?", "?", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(typed))
    assert main(["chat", "--corpus", str(corpus)]) == 0
    printed = capsys.readouterr().out
    assert "3 articles in" in printed
    assert "Mayor Ada Quill opened the bridge" in printed
    assert "The question is empty." in printed


def test_doctor_names_models_index_and_addresses(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--corpus", str(corpus)]) == 0
    printed = capsys.readouterr().out
    assert "talks to        nobody: everything stays on this machine" in printed
    assert "waiting       3" in printed
    assert main(["doctor", "--corpus", str(corpus), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["addresses"] == []


def test_doctor_names_the_address_of_a_remote_model(
    corpus: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITED_MODEL", "openai:some-model")
    assert main(["doctor", "--corpus", str(corpus), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["addresses"] == ["api.openai.com"]
    assert "CITED_API_KEY" in found["problems"][0] or "cited[openai]" in found["problems"][0]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ask", " "], 2, "cited: The question is empty. Ask something about the articles.\n"),
        (["ask", "Who?", "--corpus", "no/such"], 1, "cited: no/such is not a folder."),
    ],
)
def test_an_error_is_one_line(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITED_CORPUS", str(SEEDS))
    assert main(arguments) == code
    captured = capsys.readouterr()
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_wrong_setting_is_misuse() -> None:
    done = run("ask", "Who?", CITED_PASSAGES="x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "cited: passages must be a whole number, not 'x'. Set CITED_PASSAGES.\n"


def test_a_wrong_option_is_misuse() -> None:
    assert run("ask").returncode == 2
    assert run("nonsense").returncode == 2


def test_version_and_help_name_every_command() -> None:
    assert run("--version").stdout == f"cited {__version__}\n"
    printed = run("--help").stdout
    for command in ("index", "watch", "ask", "chat", "ui", "eval", "export", "import", "doctor"):
        assert f"\n    {command} " in printed
        assert run(command, "--help").returncode == 0


def test_help_keeps_the_capitals_of_names(capsys: pytest.CaptureFixture[str]) -> None:
    for command, said in (("watch", "until Ctrl-C."), ("doctor", "every address Cited would")):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert said in " ".join(capsys.readouterr().out.split())


def test_importing_rag_is_light() -> None:
    heavy = ("llama_index", "chromadb", "gradio", "onnxruntime", "tiktoken", "numpy", "xllamacpp")
    code = f"import sys, rag, rag.cli; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_an_article_holds_cannot_command_the_terminal(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (corpus / "bad\x1b[31m.xyz").write_text("x", encoding="utf-8")
    (corpus / "tower.txt").write_text("The tower\x1b]0;owned\x07 of Elmford was built by Ada Quill.", encoding="utf-8")
    assert main(["index", "--corpus", str(corpus)]) == 0
    assert main(["ask", "Who built the tower of Elmford?", "--corpus", str(corpus)]) == 0
    printed = "".join(capsys.readouterr())
    assert "owned" in printed and "bad" in printed
    assert "\x1b" not in printed and "\x07" not in printed


def test_what_cannot_be_written_or_read_is_one_line(corpus: Path, tmp_path: Path) -> None:
    asked = subprocess.run([sys.executable, "-m", "rag", "ask", "-", "--corpus", str(corpus)], cwd=ROOT, check=False,
                           input=b"\xff\xfe what?", capture_output=True,
                           env={**os.environ, "PYTHONIOENCODING": "utf-8"})  # fmt: skip
    assert asked.returncode == 2
    assert asked.stderr == b"cited: The question is not utf-8 text. Save it as that, or type it.\n"
    printed = run("ask", "Who opened the Brücke?", "--json", "--corpus", str(corpus), PYTHONIOENCODING="ascii")
    assert json.loads(printed.stdout)["question"] == "Who opened the Brücke?"
    exported = run("export", str(tmp_path / "missing" / "x"), "--corpus", str(corpus))
    assert exported.stderr.startswith(f"cited: {tmp_path / 'missing' / 'x'} cannot be written: there is no folder")
    long = run("index", "--corpus", "a" * 300)
    assert (long.returncode, "is not a folder" in long.stderr) == (1, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_for_the_output_is_one_line(corpus: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = subprocess.run([sys.executable, "-m", "rag", "index", "--json", "--corpus", str(corpus)], cwd=ROOT,
                               stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
    assert ended.stderr == "cited: the output cannot be written: No space left on device. Make room.\n"
    assert ended.returncode == 1
