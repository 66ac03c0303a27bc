"""Question sets become folders of articles and cases, the same ones every time."""

import json

import pytest

from eval.cases import CaseError, resolve
from eval.corpus import Texts
from eval.datasets import Question, load_dataset, materialise, sample, to_cases
from eval.normalise import contains

CORPUS = [
    {"doc_id": "d1", "title": "Plain", "text": "Paris is large. It lies on the Seine."},
    {"doc_id": "d/2", "title": "A \"dated\": one", "text": "Rome is old.", "source": "The Age",
     "date": "2023-10-22T18:00"},
]
QUESTIONS = [
    {"qid": "q1", "question": "What is large?", "answers": ["Paris", "the city of Paris"], "gold_docs": ["d1"],
     "evidence": ["Paris is large."], "answerable": True},
    {"qid": "q2", "question": "Both?", "answers": ["yes"], "gold_docs": ["d1", "d/2"],
     "evidence": ["Rome is old.", "It lies on the Seine."], "answerable": True, "type": "comparison"},
    {"qid": "q3", "question": "Who?", "answers": [], "gold_docs": ["d1"], "evidence": [], "answerable": False},
    {"qid": "q4", "question": "Tell.", "answers": ["word " * 13], "gold_docs": ["d1"], "evidence": [],
     "answerable": True},
]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "mini"
    folder.mkdir()
    for name, records in (("corpus", CORPUS), ("questions", QUESTIONS)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return folder


def cases_of(folder, tmp_path):
    documents, questions = load_dataset(folder)
    sources = materialise(documents, tmp_path / "articles")
    return resolve(to_cases(questions, documents, sources, "mini"), Texts(tmp_path / "articles")), sources


def test_documents_become_articles_with_a_headline_or_front_matter(folder, tmp_path):
    documents, _ = load_dataset(folder)
    sources = materialise(documents, tmp_path / "articles")
    assert sources["d1"] == "d1.txt"
    assert (tmp_path / "articles" / "d1.txt").read_text(encoding="utf-8").startswith("Plain\n\nParis is large.")
    dated = (tmp_path / "articles" / sources["d/2"]).read_text(encoding="utf-8")
    assert sources["d/2"].startswith("d_2-")
    assert dated.startswith('---\ntitle: "A \\"dated\\": one"\ndate: "2023-10-22"\npublisher: "The Age"\n---\n')
    assert "Rome is old." in dated


def test_the_pipeline_reads_title_date_and_publisher_from_them(folder, tmp_path):
    from rag.folder import list_files
    from rag.reading import read_file

    documents, _ = load_dataset(folder)
    materialise(documents, tmp_path / "articles")
    files, rejected = list_files(tmp_path / "articles")
    articles = {article.title: article for file in files for article in read_file(file, max_bytes=10_000)}
    assert not rejected
    assert articles["A \"dated\": one"].published == "2023-10-22"
    assert articles["A \"dated\": one"].publisher == "The Age"
    assert "Plain" in articles


def test_a_second_time_unchanged_articles_are_left_alone_and_others_deleted(folder, tmp_path):
    documents, _ = load_dataset(folder)
    articles = tmp_path / "articles"
    materialise(documents, articles)
    before = (articles / "d1.txt").stat().st_mtime_ns
    materialise(documents[:1], articles)
    assert [path.name for path in articles.iterdir()] == ["d1.txt"]
    assert (articles / "d1.txt").stat().st_mtime_ns == before


def test_each_gold_document_is_a_need_met_by_its_own_evidence(folder, tmp_path):
    cases, sources = cases_of(folder, tmp_path)
    assert [(gold.source, gold.quote, gold.fact) for gold in cases[1].gold] == [
        ("d1.txt", "It lies on the Seine.", 0), (sources["d/2"], "Rome is old.", 1),
    ]
    assert all(gold.spans for gold in cases[1].gold)


def test_answers_are_forms_of_one_fact_unless_too_long_to_be_contained(folder, tmp_path):
    cases, _ = cases_of(folder, tmp_path)
    assert cases[0].required == (("Paris", "the city of Paris"),)
    assert cases[3].required == ()
    assert cases[3].gold[0].quote == ""


def test_an_answer_that_no_text_can_be_seen_to_state_judges_nothing(folder, tmp_path):
    (folder / "questions.jsonl").write_text(json.dumps(QUESTIONS[0] | {"answers": ["A"]}), encoding="utf-8-sig")
    cases, _ = cases_of(folder, tmp_path)
    assert (cases[0].required, cases[0].references) == ((), ("A",))


def test_an_unanswerable_question_has_no_gold_whatever_the_set_says(folder, tmp_path):
    cases, _ = cases_of(folder, tmp_path)
    assert (cases[2].gold, cases[2].required, cases[2].answerable) == ((), (), False)
    assert [case.kind for case in cases] == ["mini_answerable", "comparison", "mini_unanswerable", "mini_answerable"]


def test_a_sample_is_balanced_repeatable_and_grows_without_losing_what_it_had():
    questions = [Question(str(i), "?", answerable=i % 4 != 0) for i in range(100)]
    drawn = sample(questions, 20)
    assert drawn == sample(list(reversed(questions)), 20)
    assert sum(question.answerable for question in drawn) == 10
    assert drawn != sample(questions, 20, seed=1)
    assert set(drawn) <= set(sample(questions, 40))
    assert len(sample(questions, 80)) == 80
    assert sorted(q.qid for q in sample(questions, 500)) == sorted(q.qid for q in questions)


def test_a_set_that_is_missing_or_damaged_is_an_error_that_names_the_line(folder, tmp_path):
    with pytest.raises(CaseError, match=r"corpus\.jsonl cannot be read"):
        load_dataset(tmp_path)
    (folder / "questions.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(CaseError, match=r"questions\.jsonl holds no question"):
        load_dataset(folder)
    for line in ('{"qid": "1"}', "[" * 100_000, "9" * 5000):
        (folder / "questions.jsonl").write_text(line + "\n", encoding="utf-8")
        with pytest.raises(CaseError, match=r"questions\.jsonl, line 1: not a question"):
            load_dataset(folder)


@pytest.mark.parametrize(("change", "message"), [
    ({"answers": "Paris"}, "'answers' is not a list of texts"),
    ({"answers": None}, "'answers' is not a list of texts"),
    ({"qid": 5}, "'qid' is not a text"),
    ({"answerable": "no"}, "'answerable' is not true or false"),
    ({"question": "\ud800"}, "line 1: not a question"),
    ({"qid": "q2"}, "the qid 'q2' is there twice"),
])
def test_a_value_of_another_kind_is_an_error(folder, change, message):
    lines = [json.dumps(question) for question in (QUESTIONS[0] | change, *QUESTIONS[1:])]
    (folder / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CaseError, match=message):
        load_dataset(folder)


def test_an_and_sign_in_a_name_joins_nothing(folder, tmp_path):
    question = Question("q", "Who?", True, ("Johnson & Johnson",), ("d1",))
    (case,) = to_cases([question], load_dataset(folder)[0], {"d1": "d1.txt"}, "mini")
    assert contains("Johnson & Johnson paid.", case.required[0][0])
    assert not contains("Johnson paid.", case.required[0][0])


def test_a_gold_document_that_the_corpus_lacks_is_an_error(folder, tmp_path):
    documents, questions = load_dataset(folder)
    sources = materialise(documents[1:], tmp_path / "articles")
    with pytest.raises(CaseError, match="gold document 'd1' is not in corpus"):
        to_cases(questions, documents[1:], sources, "mini")
