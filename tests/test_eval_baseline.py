"""A run can be accepted as the baseline, and the next is compared with it; what breaks a promise is not accepted."""

import json
from dataclasses import replace

import pytest

from eval import baseline
from eval.baseline import accept, baseline_path, change_since
from eval.cases import SEEDS, Case, CaseError, Gold, load_cases, resolve
from eval.report import build_report, read_report, report_rows, write_report
from eval.runner import Identity, run_cases
from rag.types import Answer, Citation, Claim, Passage

TEXTS = {f"{i}.txt": f"The trade of land {i} was ${i} billion." for i in range(1, 13)}
IDENTITY = Identity("cited", "c" * 64, {"passages": 10}, "none", None, "fake", "code")


class Reader:
    """Answers from the right article, or refuses the questions named."""

    llm = None

    def __init__(self, refused=()):
        self.refused = refused

    def ask(self, question, history=()):
        source = f"{question.split()[-1]}.txt"
        text = TEXTS[source]
        passages = (Passage(source, "", 0, len(text), text, 1.0),)
        if source in self.refused:
            return Answer(question, "refused", "No.", reason="No.", passages=passages)
        cited = Citation(1, source, "", None, 0, len(text), text)
        return Answer(question, "answered", f"{text} [1]", (Claim(text, (1,), "supported", 1.0),), (cited,), passages)


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "land.jsonl"
    path.write_text("".join(
        json.dumps({
            "id": f"land-{i}", "kind": "number", "question": f"What was the trade of land {i}", "answerable": True,
            "required": [[f"${i} billion"]], "gold": [{"source": f"{i}.txt", "quote": TEXTS[f"{i}.txt"]}],
            "must_pass": i == 1,
        }) + "\n" for i in range(1, 13)
    ), encoding="utf-8")
    return path


@pytest.fixture
def ran(questions, tmp_path):
    """Run the questions and write the report."""

    def run(bot, identity=IDENTITY, limit=None):
        rows = run_cases(bot, resolve(load_cases(questions)[:limit], TEXTS), TEXTS)
        path = tmp_path / "report.json"
        write_report(build_report(rows, identity, questions.name), path)
        return path, rows

    return run


def test_an_accepted_run_is_what_the_next_is_compared_with(ran, questions):
    report, rows = ran(Reader())
    path = accept(report, questions)
    assert path == questions.with_suffix(".baseline.json") == baseline_path(questions)
    change = change_since(path, rows)
    assert change.regressions == ()
    assert {comparison.verdict for comparison in change.compared.values()} == {"inconclusive"}


def test_a_headline_figure_that_fell_significantly_is_a_regression_named_with_its_interval(ran, questions):
    path = accept(ran(Reader())[0], questions)
    _, worse = ran(Reader(refused=[f"{i}.txt" for i in range(3, 13)]))
    change = change_since(path, worse)
    fell = "right is significantly worse than in the baseline: -0.833 ["
    assert any(reason.startswith(fell) for reason in change.regressions)
    assert any(reason.startswith("answerable refused is significantly worse") for reason in change.regressions)
    shown = change.to_dict()
    assert shown["compared"]["right"]["verdict"] == shown["compared"]["false_refusal"]["verdict"] == "worse"
    assert shown["run_id"] == IDENTITY.run_id


@pytest.mark.parametrize(("lands", "reasons"), [
    (range(1, 6), ["right fell from 60 to 35 of 60 cases (McNemar p = 6e-08)"]), (range(1, 3), []),
])
def test_questions_about_a_few_articles_that_all_went_wrong_are_noticed(ran, questions, lands, reasons):
    """Five of each article are too few to tell that it is lost, and five articles too few to be told by articles."""
    lines = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    questions.write_text("".join(json.dumps(line | {"id": f"{line['id']}-{n}", "must_pass": False}) + "\n"
                                 for line in lines for n in range(5)), encoding="utf-8")
    path = accept(ran(Reader())[0], questions)
    _, rows = ran(Reader())
    wrong = [replace(row, scores=row.scores | {"right": 0.0, "answerable_right": 0.0})
             if row.cluster in [f"{land}.txt" for land in lands] else row for row in rows]
    assert [reason for reason in change_since(path, wrong).regressions if reason.startswith("right")] == reasons


def test_a_fall_that_may_be_chance_is_none(ran, questions):
    path = accept(ran(Reader())[0], questions)
    change = change_since(path, ran(Reader(refused=["7.txt"]))[1])
    assert change.compared["right"].difference < 0
    assert change.regressions == ()


def test_a_baseline_keeps_scores_and_what_was_said_and_no_text_of_the_corpus_beside(ran, questions):
    report, _ = ran(Reader())
    path = accept(report, questions)
    kept = read_report(path)
    assert kept["metrics"] == read_report(report)["metrics"]
    assert kept["rows"][0]["answer"].keys() == {"question", "status", "text"}
    assert report_rows(kept, path)[0].scores["right"] == 1
    assert path.stat().st_size < report.stat().st_size


def test_without_a_baseline_or_a_common_case_nothing_is_compared(ran, questions, tmp_path):
    report, rows = ran(Reader())
    assert change_since(None, rows) is None
    assert change_since(tmp_path / "none.json", rows) is None
    assert change_since(accept(report, questions), [replace(row, case_hash="0" * 16) for row in rows]) is None


@pytest.mark.parametrize(
    ("identity", "limit", "bot", "message"),
    [
        (IDENTITY, 5, Reader(), r"lacks 7 cases of land.jsonl, such as 'land-6'. Run all"),
        (replace(IDENTITY, pipeline="dense"), None, Reader(), r"run of the pipeline 'dense'"),
        (IDENTITY, None, Reader(refused=["1.txt"]), r"must-pass case land-1 failed: refusal. Mend it first"),
    ],
    ids=["a part of the cases", "another pipeline", "a broken promise"],
)
def test_what_is_no_baseline_is_refused_and_the_old_one_stays(ran, questions, identity, limit, bot, message):
    path = accept(ran(Reader())[0], questions)
    before = path.read_bytes()
    with pytest.raises(CaseError, match=message):
        accept(ran(bot, identity, limit)[0], questions)
    assert path.read_bytes() == before


def test_a_report_of_other_questions_is_refused(ran, tmp_path):
    with pytest.raises(CaseError, match=r"is of land.jsonl, not of seeds.jsonl. Name its file: --questions"):
        accept(ran(Reader())[0], SEEDS)


def test_the_baseline_of_the_seeds_is_in_the_package():
    assert baseline_path(SEEDS) == baseline.FOLDER / "seeds.json"


def test_a_report_of_an_older_format_says_what_to_do(ran):
    report, _ = ran(Reader())
    report.write_text(report.read_text(encoding="utf-8").replace('"format": 2', '"format": 1'), encoding="utf-8")
    with pytest.raises(CaseError, match=r"has format 1, this version reads 2. Run cited eval anew"):
        read_report(report)


def test_a_report_that_does_not_say_what_it_is_of_is_not_accepted(tmp_path, questions):
    path = tmp_path / "odd.json"
    path.write_text('{"format": 2, "rows": []}', encoding="utf-8")
    with pytest.raises(CaseError, match="is not a report of cited eval: it has no questions"):
        accept(path, questions)


@pytest.mark.parametrize("text", ["[]", "{}", "no json", "[" * 100_000])
def test_what_is_no_report_is_an_error(tmp_path, text):
    (tmp_path / "r.json").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match="is not a report of cited eval"):
        read_report(tmp_path / "r.json")


def test_gold_without_quotes_is_fine_for_a_row():
    case = Case("a", "set", "What was the trade of land 1", True, gold=(Gold("1.txt", ""),))
    row = run_cases(Reader(), [case], TEXTS)[0]
    assert row.expected["gold"][0]["spans"] == []
