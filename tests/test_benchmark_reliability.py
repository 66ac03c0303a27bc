"""The reliability benchmark tries every promise on a small index, and a broken one is an error."""

from __future__ import annotations

import json

import pytest

from eval.benchmarks import reliability
from eval.benchmarks.__main__ import main
from eval.benchmarks.tables import Figure


def test_every_promise_is_tried_and_kept(tmp_path, capsys, monkeypatch):
    for limit in ("LOSER_LIMIT", "FOLLOW_LIMIT"):
        monkeypatch.setattr(reliability, limit, 300.0)  # seconds are for a machine that does nothing else
    out = tmp_path / "figures.json"
    assert reliability.run(out, kills=1, duels=1, many=20) == 0
    told = capsys.readouterr().out
    assert "chunks that differ from a clean build afterwards | 0 chunks" in told
    figures = json.loads(out.read_text(encoding="utf-8"))["figures"]
    limited = [figure for figure in figures if figure["against"] == "at most"]
    assert len(limited) == 20
    assert all(figure["value"] <= figure["reference"] for figure in limited)


def test_a_broken_promise_is_named_and_fails(monkeypatch, capsys):
    broken = [Figure("searches that failed", 3, "searches", "at most", 0)]
    monkeypatch.setattr(reliability, "_killed", lambda bench, kills: broken)
    monkeypatch.setattr(reliability, "_duels", lambda bench, duels: [])
    monkeypatch.setattr(reliability, "_changes", lambda bench: [])
    monkeypatch.setattr(reliability, "_on_a_server", lambda *_: [])
    assert main(["reliability"]) == 1
    assert capsys.readouterr().err == "benchmarks: not kept: searches that failed\n"


def test_whoever_asks_meanwhile_counts_what_fails():
    class Broken:
        def search(self, query, k):
            raise ValueError(query)

    with reliability.Asking(Broken()) as asking:
        while not asking.failures:
            pass
    assert asking.failures[0].startswith("ValueError: ships in week")


@pytest.mark.parametrize("kills", ["0", "x"])
def test_no_kills_are_misuse(kills):
    with pytest.raises(SystemExit, match="2"):
        main(["reliability", "--kills", kills])
