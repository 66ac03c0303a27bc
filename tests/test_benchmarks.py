"""The benchmarks rank, fuse, label and compare as their docstrings say; how fast anything is, is never tested."""

import json
import re

import pytest

from eval.benchmarks import declarative, evidence, pairs, performance, quality, ranking, retrieval, tables, verifier
from eval.benchmarks.__main__ import main
from eval.cases import SEEDS as QUESTIONS_OF_SEEDS
from eval.cases import Case, CaseError, Gold, resolve
from eval.corpus import Texts
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


def test_the_figures_are_written_as_json_too(folder, tmp_path, capsys):
    out = tmp_path / "retrieval.json"
    arguments = ["--data", str(folder.parent), "--sets", "tiny", "--home", str(tmp_path / "home"), "--out", str(out)]
    assert main(["retrieval", *arguments]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["sets"][0]["means"].keys() >= {"hybrid", "dense", "lexical"}


# Evidence


def test_what_is_read_first_is_held_against_what_is_needed(minilm, tmp_path):
    articles = tmp_path / "articles"
    articles.mkdir()
    paid = "The Halloran Fund paid for the study."
    told = f"Lantern moss is green. {paid} It grows on northern cliffs."
    (articles / "moss.txt").write_text(f"Lantern moss\n\n{told}")
    (articles / "ferry.txt").write_text("The ferry\n\nThe ferry to Harrowby was sold in the spring.")
    fund = Case("fund", "name", "Who financed the research?", True, gold=(Gold("moss.txt", paid),))
    sold = Case("sold", "date", "When was the ferry sold?", True, (), (("spring",),), gold=(Gold("ferry.txt", ""),))
    both = Case("both", "multi", "Who financed the research, and when was the ferry sold?", True,
                gold=(*fund.gold, Gold("ferry.txt", "in the spring", 1)))  # fmt: skip
    cases = resolve([fund, sold, both], Texts(articles))
    late, exact = (
        evidence.reached("moss", "any", articles, cases, tmp_path / "home", model)
        for model in (minilm, evidence.SameWords(minilm))
    )
    assert (late.questions, late.best, late.most) == (3, pytest.approx((1 + 1 + 0.5) / 3), 1)
    assert late.best >= exact.best
    assert late.best <= late.first <= late.most
    assert evidence.table([late, exact]).count("\n| moss | any | 3 |") == 2


def test_no_public_set_is_needed_to_measure_the_evidence(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(evidence, "ABOUT_THE_SEEDS", ("held-out",))
    monkeypatch.setattr(evidence, "_EVAL", tmp_path)
    (tmp_path / "articles").mkdir()
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / "held-out.jsonl").write_bytes(QUESTIONS_OF_SEEDS.with_name("held-out.jsonl").read_bytes())
    out = tmp_path / "evidence.json"
    arguments = ["evidence", "--data", str(tmp_path), "--home", str(tmp_path / "home"), "--out", str(out)]
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert told.err.count("skipped: there is no set in") == 2
    assert "| held-out | late interaction |" in told.out
    sets = json.loads(out.read_text(encoding="utf-8"))["sets"]
    assert sets[0]["first"] > sets[1]["first"] > 0.5


# Quality


def test_pipelines_are_put_beside_each_other_on_the_seeds_and_the_sets(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CITED_MODEL", "none")
    monkeypatch.setattr(quality, "SEEDS_LIMITS", {"cited": 4, "dense": 2})
    monkeypatch.setattr(quality, "SET_LIMITS", {"cited": None, "lexical": 2})
    reports = tmp_path / "reports"
    arguments = ["--data", str(folder.parent), "--sets", "tiny", "--home", str(tmp_path / "home")]
    assert main(["quality", *arguments, "--out", str(reports)]) == 0
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line.startswith("## ")] == ["## seeds", "## tiny"]
    assert "| answers | cases | right |" in printed
    assert re.search(r"\| cited \| 4 \| [01]\.\d\d \[", printed)
    assert re.search(r"\| lexical \| 2 \| .* p 1\.000: inconclusive", printed)
    assert {path.name for path in reports.glob("*.json")} == {
        "seeds-cited.json", "seeds-dense.json", "tiny-cited.json", "tiny-lexical.json"}


def test_a_pipeline_that_fails_says_how_to_run_it_by_itself(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CITED_MODEL", "none")
    monkeypatch.setattr(quality, "SEEDS_LIMITS", {"closed-book": 2})
    assert main(["quality", "--sets", "", "--home", str(tmp_path / "home"), "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "needs a language model" in error
    assert "Run by itself: cited eval --limit 2 --pipeline closed-book" in error


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

# The verifier against people's labels


CLAPNQ = [
    {"qid": "1", "question": "when was the harbour wall repaired", "gold_docs": ["harbour"], "answerable": True,
     "answers": ["The harbour wall was repaired in March. NA"],
     "evidence": ["The harbour wall was repaired in March."]},
    {"qid": "2", "question": "who opened the bridge", "gold_docs": ["bridge"], "answerable": True,
     "answers": ["Mayor Ada Quill opened it in November."],
     "evidence": ["Mayor Ada Quill opened the long bridge in October."]},
]
SQUAD2 = [
    {"qid": "1", "question": "When was the harbour wall repaired?", "gold_docs": ["wall"], "answerable": True,
     "answers": ["1921"]},
    {"qid": "2", "question": "In what year was the bridge opened?", "gold_docs": ["opening"], "answerable": True,
     "answers": ["1877"]},
    {"qid": "3", "question": "Why did rents rise?", "gold_docs": ["opening"], "answerable": True, "answers": ["1877"]},
    {"qid": "4", "question": "Who repaired the bridge?", "gold_docs": ["opening"], "answerable": False},
    {"qid": "5", "question": "When was the harbour wall painted?", "gold_docs": ["wall"], "answerable": False},
]
PARAGRAPHS = [
    {"doc_id": "wall", "title": "W", "text": "The harbour wall was repaired in 1921. It cost four million."},
    {"doc_id": "opening", "title": "O", "text": "Mayor Ada Quill opened the bridge in 1877. She had repaired nothing."},
]


@pytest.fixture
def labelled(tmp_path):
    sets = {"clapnq": (CORPUS, CLAPNQ), "squad2": (PARAGRAPHS, SQUAD2)}
    for name, files in sets.items():
        (tmp_path / "sets" / name).mkdir(parents=True)
        for file, records in zip(("corpus", "questions"), files, strict=True):
            path = tmp_path / "sets" / name / f"{file}.jsonl"
            path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return tmp_path / "sets"


def kinds(result):
    return {kind.kind: (kind.supported, kind.right.n, kind.right.mean) for kind in result.kinds}


@pytest.mark.parametrize(("question", "answer", "claim"), [
    ("Who opened the bridge?", "Ada", "Ada opened the bridge."),
    ("When was the wall repaired?", "1921", "The wall was repaired in 1921."),
    ("In what year did rents rise?", "1990", "Rents did rise in 1990."),
    ("How many people does the mill employ?", "60", "The mill does employ 60 people."),
    ("What is the capital of Peru?", "Lima", "The capital of Peru is Lima."),
    ("What city was the quarter named after?", "Lima", "The quarter was named after Lima."),
    ("What type of wall is found here?", "Stone", "Stone wall is found here."),
    ("What percentage of the town is flooded?", "2%", "2% of the town is flooded."),
    ("Who does not pay?", "Ada", "Ada does not pay."),
    ("In 1973, what was the law called?", "the Wall Act", "In 1973, the law was called the Wall Act."),
    ("The law protects the poor by forbidding what?", "rents", "The law protects the poor by forbidding rents."),
    ("Why did rents rise?", "greed", None),
    ("Name a wall.", "Berlin", None),
    ("Who opened the bridge?", "", None),
])
def test_a_question_and_its_answer_become_a_claim(question, answer, claim):
    assert declarative.declare(question, answer, declarative.verbs_of(["raised", "employed"])) == claim


def test_answers_have_a_type():
    assert pairs.answer_type("When?", "1921") == pairs.answer_type("When?", "14 October") == "date"
    assert pairs.answer_type("How many?", "1921") == pairs.answer_type("How far?", "3 miles") == "number"
    assert pairs.answer_type("Who?", "Ada Quill") == "name"
    assert pairs.answer_type("Why?", "out of greed") is None


@pytest.mark.parametrize(("question", "fact"), [
    ("When was it painted?", "1921"), ("How many people painted it?", "40"), ("Who painted it?", "Ada Quill"),
    ("Who painted it for Ada Quill?", "Lima"), ("What is it?", "Ada Quill"), ("When, if not in 1921?", None),
])
def test_a_look_alike_takes_a_fact_of_the_type_asked_for(question, fact):
    sentence = "Later in 1921, Ada Quill and 40 others came to Lima."
    assert pairs.find_fact(question, sentence, {"later"}) == fact


def test_claims_of_clapnq_are_judged_against_their_evidence_and_against_other_passages(labelled, tmp_path):
    found = pairs.clapnq(labelled / "clapnq", tmp_path / "home")
    assert [(pair.kind, pair.supported) for pair in found.pairs[:3]] == [
        ("evidence", True), ("other evidence", False), ("similar passage", False)
    ]
    assert {pair.claim for pair in found.pairs} == {
        "The harbour wall was repaired in March.", "Mayor Ada Quill opened it in November."
    }
    # The month of the second claim is wrong, whatever the annotator wrote.
    assert kinds(verifier.measure(found)) == {
        "evidence": (True, 2, 0.5), "other evidence": (False, 2, 1), "similar passage": (False, 2, 1)
    }


def test_claims_of_squad2_are_right_wrong_or_only_look_right(labelled, tmp_path):
    found = pairs.squad2(labelled / "squad2", tmp_path / "home")
    claims = {(pair.kind, pair.claim) for pair in found.pairs}
    assert ("answer", "The harbour wall was repaired in 1921.") in claims
    assert ("wrong answer", "The harbour wall was repaired in 1877.") in claims
    assert ("look-alike", "Mayor Ada Quill repaired the bridge.") in claims
    assert found.used == {"answerable": (2, 3), "unanswerable": (2, 2)}
    result = kinds(verifier.measure(found))
    assert result["answer"] == (True, 2, 1)
    assert result["wrong answer"] == (False, 2, 1)
    assert result["look-alike"][:2] == (False, 2)


def test_the_pairs_are_the_same_every_time(labelled, tmp_path):
    assert pairs.squad2(labelled / "squad2", tmp_path / "a") == pairs.squad2(labelled / "squad2", tmp_path / "b")


def judged(*rows):
    """Pairs with what people say, the verdict and the score, each of a document of its own."""
    return [verifier.Judged(pairs.Pair("any", label, "claim", ("quote",), "", str(number)), verdict, score)
            for number, (label, verdict, score) in enumerate(rows)]


def test_agreement_by_hand():
    found = verifier.agreement(judged((True, "supported", 0.9), (True, "supported", 0.7), (True, "partial", 0.5),
                                      (False, "supported", 0.7), (False, "unsupported", 0.0)))
    assert (found.accuracy.mean, found.precision.mean, found.recall.mean) == pytest.approx((3 / 5, 2 / 3, 2 / 3))
    assert (found.specificity.mean, found.balanced_accuracy) == pytest.approx((1 / 2, 7 / 12))
    assert found.f1 == pytest.approx(2 / 3)
    assert found.kappa == pytest.approx((0.6 - 0.52) / 0.48)
    assert found.auc == pytest.approx(4.5 / 6)


def test_a_verifier_that_supports_nothing_has_no_precision_and_no_kappa():
    found = verifier.agreement(judged((True, "unsupported", 0.0), (False, "unsupported", 0.0)))
    assert (found.precision, found.f1, found.kappa, found.auc) == (None, 0, 0, 0.5)


def test_a_lower_threshold_supports_partial_claims_too():
    rows = judged((True, "supported", 0.9), (True, "partial", 0.5), (False, "partial", 0.4), (False, "unsupported", 0))
    assert verifier.at_threshold(rows, 0.4) == (0.75, 1, 0.5)
    assert verifier.at_threshold(rows, 0.5) == (1, 1, 1)
    assert verifier.at_threshold(rows, 0.9) == (0.75, 0.5, 1)


def test_the_verifier_benchmark_prints_figures_and_no_text(labelled, tmp_path, capsys):
    out = tmp_path / "verifier.json"
    assert main(["verifier", "--data", str(labelled), "--home", str(tmp_path / "home"), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "**clapnq**: 2 of 2 answerable questions" in printed
    assert "| supported from | clapnq | squad2 |" in printed
    report = out.read_text(encoding="utf-8")
    assert [result["name"] for result in json.loads(report)["sets"]] == ["clapnq", "squad2"]
    assert "harbour" not in printed + report


def test_without_its_sets_the_verifier_benchmark_measures_nothing(tmp_path, capsys):
    assert main(["verifier", "--data", str(tmp_path), "--home", str(tmp_path / "home")]) == 2
    assert capsys.readouterr().err.count("skipped: there is no set in") == 2
