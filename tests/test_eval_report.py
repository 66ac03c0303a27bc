"""A report holds what its schema says, and its risk–coverage curve is what one would draw by hand."""

import json
from pathlib import Path

import jsonschema
import pytest

from eval import report as reporting
from eval.baseline import accept, baseline_path, change_since
from eval.cases import SEEDS, Case, CaseError, Gold, load_cases, resolve
from eval.report import build_report, read_report, write_report
from eval.risk import risk_coverage
from eval.runner import Identity, run_cases
from rag.errors import ModelError
from rag.types import Answer, Citation, Claim, Passage, Sentence
from tests.conftest import FakeBot

TEXT = "The trade was $240 billion."
TEXTS = {"a.txt": TEXT}
SCHEMA = json.loads(Path(reporting.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))
IDENTITY = Identity("cited", "c" * 64, {"passages": 10}, "none", None, "fake", "code")


def answered(text="$240 billion [1]", confidence=None):
    cited = Citation(1, "a.txt", "", None, 0, len(TEXT), TEXT)
    return Answer("?", "answered", text, (Claim(text, (1,), "supported", 1.0),), (cited,),
                  (Passage("a.txt", "", 0, len(TEXT), TEXT, 1.0),), confidence=confidence,
                  evidence=(Sentence("a.txt", "", 0, len(TEXT), TEXT, 1.0),))


def case(number, answerable=True):
    if not answerable:
        return Case(f"no-{number}", "absent", "How old?", False)
    gold = (Gold("a.txt", TEXT),)
    return Case(f"yes-{number}", "number", "How much?", True, required=(("$240 billion",),), gold=gold)


def ran(*replies, cases=None):
    cases = resolve(cases or [case(number) for number in range(len(replies))], TEXTS)
    return run_cases(FakeBot(*replies), cases, TEXTS)


@pytest.fixture
def report():
    refusal = Answer("?", "refused", "No.", reason="No.")
    cases = [case(1), case(2), case(3), case(4, answerable=False)]
    rows = ran(answered(confidence=0.9), refusal, ModelError("it broke"), answered(confidence=0.6), cases=cases)
    return build_report(rows, IDENTITY, "cases.jsonl")


def test_a_report_is_what_the_schema_says_also_once_written(report, tmp_path):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(report, SCHEMA)
    write_report(report, tmp_path / "r.json")
    jsonschema.validate(read_report(tmp_path / "r.json"), SCHEMA)
    assert read_report(tmp_path / "r.json") == json.loads(json.dumps(report))


def test_a_report_with_a_baseline_and_the_baseline_itself_are_too(report, tmp_path):
    path = tmp_path / "b.json"
    write_report(report, path)
    report["baseline"] = change_since(path, ran(answered(), cases=[case(1)])).to_dict()
    jsonschema.validate(report, SCHEMA)


@pytest.mark.parametrize(
    "spoil",
    [lambda r: r.pop("corpus"), lambda r: r.update(extra=1), lambda r: r["rows"][0].pop("scores"),
     lambda r: r["rows"][0].update(failure="fate"), lambda r: r["metrics"].update(right={"mean": 1}),
     lambda r: r.update(rows=[]), lambda r: r["gate"].pop("broken")],
    ids=["no corpus", "an unknown key", "no scores", "an unknown stage", "no interval", "no rows", "no gate"],
)
def test_the_schema_rejects_what_is_amiss(report, spoil):
    spoil(report)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_the_baseline_of_the_seeds_is_a_report_on_the_cases_as_they_are():
    kept = read_report(baseline_path(SEEDS))
    jsonschema.validate(kept, SCHEMA)
    assert {row["id"]: row["case_hash"] for row in kept["rows"]} == {case.id: case.hash for case in load_cases(SEEDS)}


def test_risk_rises_as_less_confident_answers_are_let_through():
    wrong = "$9 billion [1]"
    rows = ran(answered(confidence=0.9), answered(wrong, 0.5), answered(confidence=0.7),
               Answer("?", "refused", "No.", reason="No.", confidence=0.3))
    curve = risk_coverage(rows)
    assert curve.points == ((0.25, 0.0, 0.9), (0.5, 0.0, 0.7), (0.75, pytest.approx(1 / 3), 0.5))
    assert curve.area == pytest.approx(1 / 9)


def test_answers_of_the_same_confidence_are_kept_together():
    rows = ran(answered("$9 billion [1]", 0.5), answered(confidence=0.5))
    assert risk_coverage(rows).points == ((1.0, 0.5, 0.5),)
    assert risk_coverage(rows).area == 0.5


def test_there_is_no_curve_where_no_answer_tells_its_confidence():
    assert risk_coverage(ran(answered())) is None


def test_slices_by_source_count_a_case_under_each_of_its_sources(report):
    assert report["by_source"]["a.txt"]["n"] == 3
    assert report["by_kind"]["absent"]["n"] == 1


def test_accepting_writes_one_row_a_line(report, tmp_path):
    write_report(report, tmp_path / "r.json")
    lines = (tmp_path / "r.json").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith('  {"id":') for line in lines) == 4
    with pytest.raises(CaseError, match="is of cases.jsonl"):
        accept(tmp_path / "r.json", SEEDS)
