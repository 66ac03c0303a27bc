"""The benchmarks rank, fuse and compare as their docstrings say; how fast anything is, is never tested."""

import json

import pytest

from eval.benchmarks import performance, ranking, retrieval, tables
from eval.benchmarks.__main__ import main
from eval.cases import CaseError
from tests.conftest import FakeEmbedder

CORPUS = [
    {"doc_id": "harbour", "title": "Harbour", "text": "The harbour wall was repaired in March. It cost four million."},
    {"doc_id": "bridge", "title": "Bridge", "text": "Mayor Ada Quill opened the long bridge in October."},
    {"doc_id": "market", "title": "Market", "text": "The market moved to Elm Street. Rents rose."},
]
QUESTIONS = [
    {"qid": "1", "question": "When was the harbour wall repaired?", "gold_docs": ["harbour"], "answerable": True},
    {"qid": "2", "question": "Who opened the bridge, and where is the market?", "gold_docs": ["bridge", "market"],
     "answerable": True},
    {"qid": "3", "question": "Who won the cup?", "gold_docs": [], "answerable": False},
]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "sets" / "tiny"
    folder.mkdir(parents=True)
    for name, records in (("corpus", CORPUS), ("questions", QUESTIONS)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return folder


# Rankings


def test_documents_rank_by_their_best_chunk():
    assert ranking.documents(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]
    assert ranking.documents(["b", "a", "b", "c"], limit=2) == ["b", "a"]


def test_rank_fusion_adds_one_over_k_plus_rank():
    # With k = 1: a 1/2 + 1/4 = .75, b 1/3 + 1/2 = .83, c 1/4 = .25, d 1/3 = .33.
    assert ranking.reciprocal_rank_fusion([["a", "b", "c"], ["b", "d", "a"]], k=1) == ["b", "a", "d", "c"]


def test_rank_fusion_with_the_usual_constant_prefers_what_both_list():
    # a: 1/61 = .0164; b: 1/62 + 1/62 = .0323.
    assert ranking.reciprocal_rank_fusion([["a", "b"], ["c", "b"]]) == ["b", "a", "c"]


def test_rank_fusion_of_nothing_is_nothing():
    assert ranking.reciprocal_rank_fusion([[], []]) == []


def test_recall_is_the_share_of_gold_documents():
    scored = ranking.scores(["x", "a", "y", "z", "w", "b"], ["a", "b", "missing"])
    assert scored["recall@1"] == 0
    assert scored["recall@5"] == pytest.approx(1 / 3)
    assert scored["recall@10"] == pytest.approx(2 / 3)
    assert scored["MRR@10"] == 0.5
    # (1/log2(3) + 1/log2(7)) / (1/log2(2) + 1/log2(3) + 1/log2(4))
    assert scored["nDCG@10"] == pytest.approx((0.63093 + 0.35621) / (1 + 0.63093 + 0.5), abs=1e-4)


def test_a_gold_document_named_twice_is_one_need():
    assert ranking.scores(["a"], ["a", "a"]) == dict.fromkeys(ranking.MEASURES, 1.0)


# Tables


def test_a_table_aligns_figures_to_the_right_and_escapes_bars():
    assert tables.markdown(("", "n"), [("a|b", "1")]) == "|  | n |\n| --- | ---: |\n| a\\|b | 1 |\n"


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (0.01234, "0.0123"), (1.5, "1.50"), (99.95, "100.0"), (12345.6, "12,346")]
)
def test_numbers_have_three_significant_digits(value, shown):
    assert tables.digits(value) == shown


def test_a_figure_stands_beside_its_limit_with_the_ratio():
    table = tables.figures_table([tables.Figure("help", 0.2, "s", "limit", 0.4), tables.Figure("sync", 3.0, "s")])
    assert table.splitlines()[2:] == ["| help | 0.200 s | limit 0.400 s | 0.50 |", "| sync | 3.00 s |  |  |"]


# Retrieval


def test_a_small_set_is_indexed_ranked_and_scored(folder, tmp_path):
    result = retrieval.measure(folder, tmp_path / "home", FakeEmbedder())
    assert (result.documents, result.questions) == (3, 2)
    assert list(result.means) == ["hybrid", "dense", "lexical", retrieval.FUSION]
    assert result.means["lexical"] == {**dict.fromkeys(ranking.MEASURES, 1.0), "recall@1": 0.75}
    assert all(0 <= value <= 1 for row in result.means.values() for value in row.values())
    assert retrieval.table(result).count("\n| ") == 6


def test_a_second_run_uses_the_index_of_the_first(folder, tmp_path):
    retrieval.measure(folder, tmp_path / "home", FakeEmbedder())
    second = FakeEmbedder()
    retrieval.measure(folder, tmp_path / "home", second)
    assert second.embedded == []


def test_a_set_without_answerable_questions_is_an_error(folder, tmp_path):
    (folder / "questions.jsonl").write_text(json.dumps(QUESTIONS[2]) + "\n", encoding="utf-8")
    with pytest.raises(CaseError, match="no answerable question"):
        retrieval.measure(folder, tmp_path / "home", FakeEmbedder())


def test_the_verdict_names_each_measure_and_half_that_is_not_beaten():
    row = dict.fromkeys(ranking.MEASURES, 0.5)
    means = {"hybrid": row, "dense": row | {"MRR@10": 0.4}, "lexical": dict.fromkeys(ranking.MEASURES, 0.1)}
    lines = retrieval.verdict(retrieval.SetResult("tiny", 1, 1, 1, means))
    assert len(lines) == 4  # equal is not better
    assert lines[0] == "tiny: hybrid does not beat dense by recall@1 (0.5000 against 0.5000)."


def test_the_verdict_says_so_when_both_halves_are_beaten():
    means = {name: dict.fromkeys(ranking.MEASURES, v) for name, v in (("hybrid", 1), ("dense", 0), ("lexical", 0))}
    assert retrieval.verdict(retrieval.SetResult("tiny", 1, 1, 1, means)) == [
        "tiny: hybrid beats both halves by every measure."
    ]


def test_a_set_that_is_not_there_is_skipped_with_a_word(tmp_path, capsys):
    arguments = ["retrieval", "--data", str(tmp_path), "--sets", "absent", "--home", str(tmp_path / "home")]
    assert main(arguments) == 2
    assert "skipped: there is no set in" in capsys.readouterr().err


# Performance


def bench(tmp_path):
    setting = performance.Setting(tmp_path, tmp_path, tmp_path, quick=True)
    return performance.Bench(setting, tmp_path / "home", (performance.Corpus("gone", tmp_path / "gone", ("why",)),))


def test_a_section_that_crashes_leaves_the_others_alone(tmp_path):
    def crashing(_):
        yield tables.Figure("before", 1.0, "s")
        raise performance.ProbeError("gone")

    def fine(_):
        yield tables.Figure("after", 2.0, "s")

    figures, crashes = performance.measure([crashing, fine], bench(tmp_path))
    assert [figure.what for figure in figures] == ["before", "after"]
    assert crashes == ["gone"]


def test_a_process_that_fails_is_reported_with_its_last_words(tmp_path):
    figures, crashes = performance.measure([performance.searching], bench(tmp_path))
    assert figures == []
    assert "ended with 1" in crashes[0]
    assert "CorpusError" in crashes[0]


def test_without_the_local_model_answers_are_skipped(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("rag.models.installed_gguf", lambda home: False)
    assert list(performance.answering(bench(tmp_path))) == []
    assert "answers need the local model" in capsys.readouterr().err
