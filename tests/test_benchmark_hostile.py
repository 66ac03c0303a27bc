"""The hostile benchmark tells what became of each file, and fails where one did harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from eval.benchmarks import hostile
from eval.benchmarks.__main__ import main
from eval.benchmarks.hostile_files import specimens
from eval.benchmarks.tables import Figure


def test_hostile_files_are_indexed_or_rejected_and_the_good_are_found(tmp_path, capsys):
    out = tmp_path / "figures.json"
    assert hostile.run(out, many=60, scale=0.001) == 0
    told = json.loads(out.read_text(encoding="utf-8"))
    outcomes = {file["source"]: file["outcome"] for file in told["files"]}
    assert {specimen.name for specimen in specimens(scale=0.001)} < outcomes.keys()
    assert outcomes["surrogate-escapes.json"] == outcomes["good/ferry.txt"] == "indexed"
    assert outcomes["pipe.txt"] == outcomes["bomb.epub"] == "rejected"
    limited = [figure for figure in told["figures"] if figure["reference"] is not None]
    assert len(limited) == 11
    assert "| wide.csv | rejected | a table of more than 1,000 columns" in capsys.readouterr().out


def test_a_file_with_another_fate_is_named_and_fails(monkeypatch, capsys):
    fates = [hostile.Fate("pipe.txt", "indexed", "", False), hostile.Fate("a.txt", "indexed", "", True)]
    broken = [Figure("peak memory", 1600, "MB", "at most", 1500)]
    monkeypatch.setattr(hostile, "_hostile", lambda scratch, scale: (broken, fates))
    monkeypatch.setattr(hostile, "_tiny", lambda scratch, many: [])
    assert main(["hostile"]) == 1
    assert capsys.readouterr().err == "benchmarks: peak memory; pipe.txt was indexed\n"


def test_every_file_must_be_named_exactly_once():
    report = {"added": ["a", "b"], "updated": [], "deleted": [], "unchanged": ["b"], "rejected": [{"source": "x"}]}
    assert hostile._astray(report, {"a": True, "b": True, "c": True}) == 3


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs wait4")
def test_a_process_that_hangs_is_ended():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    code, _ = hostile._ended(process, time.perf_counter() + 0.2)
    assert code == -9
