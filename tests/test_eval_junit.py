"""A run as JUnit XML parses back to its cases, whatever characters the answers hold."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from eval.cases import Case, Gold, resolve
from eval.junit import junit
from eval.report import build_report
from eval.runner import Identity, run_cases
from rag.types import Answer, Citation, Claim, Passage, Timings
from tests.conftest import FakeBot

TEXT = "Lai: $240 billion."
TEXTS = {"a.txt": TEXT}
IDENTITY = Identity(
    pipeline="cited", corpus="c0ffee", config={}, model="qwen", model_digest=None, embedding="minilm", code="c0de"
)
TRADE = Case("trade", "number", "How much?", True, required=(("$240 billion",), ("Lai", "William Lai")),
             forbidden=(("Wang",),), gold=(Gold("a.txt", TEXT), Gold("a.txt", TEXT, 1)))
CASES = [TRADE, replace(TRADE, id="again"), Case("nowhere", "absent", "How old?", False)]
# What junit-10.xsd allows; all of it is required by some reader or other.
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "timestamp"},
    "properties": set(), "property": {"name", "value"}, "testcase": {"classname", "name", "time"},
    "failure": {"type", "message"}, "error": {"type", "message"},
}


def answered(text):
    cited = Citation(1, "a.txt", "", None, 0, len(TEXT), TEXT)
    return Answer("?", "answered", text, (Claim(text.removesuffix(" [1]."), (1,), "supported", 1.0),), (cited,),
                  (Passage("a.txt", "", 0, len(TEXT), TEXT, 1.0),), timings=Timings(total=1.25))


REFUSAL = Answer("?", "refused", "The articles do not say.", reason="Nothing was found.", timings=Timings(total=0.5))
RIGHT = answered("Lai: $240 billion [1].")


def report(*replies, cases=CASES):
    return build_report(run_cases(FakeBot(*replies), resolve(cases, TEXTS), TEXTS), IDENTITY, "cases.jsonl")


def parsed(*replies, cases=CASES):
    return ElementTree.fromstring(junit(report(*replies, cases=cases)))


def only(root, tag):
    (element,) = root.iter(tag)
    return element


def test_each_kind_is_a_suite_and_each_case_a_test():
    root = parsed(RIGHT, RIGHT, REFUSAL)
    assert [suite.get("name") for suite in root] == ["number", "absent"]
    assert [(case.get("classname"), case.get("name"), case.get("time")) for case in root.iter("testcase")] == [
        ("cited.eval.number", "trade", "1.250"), ("cited.eval.number", "again", "1.250"),
        ("cited.eval.absent", "nowhere", "0.500"),
    ]
    assert not [*root.iter("failure"), *root.iter("error")]


def test_faults_are_counted_in_their_suite_and_over_all():
    root = parsed(RIGHT, ValueError("it broke"), RIGHT)
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["3", "1", "1"]
    assert [[suite.get(name) for name in ("tests", "failures", "errors")] for suite in root] == [
        ["2", "0", "1"], ["1", "1", "0"],
    ]


def test_only_elements_and_attributes_of_the_schema_are_used():
    run = report(answered("Wang."), ValueError("it broke"), RIGHT)
    root = ElementTree.fromstring(junit(run))
    assert {element.tag for element in root.iter()} == ATTRIBUTES.keys()
    assert all(element.attrib.keys() == ATTRIBUTES[element.tag] for element in root.iter())
    assert root[0][0].tag == "properties"
    assert root[0].get("timestamp") == run["created"].removesuffix("+00:00")


def test_a_failure_tells_the_stage_the_question_the_answer_and_the_facts():
    fault = only(parsed(answered("Wang, $240 billion [1]."), RIGHT, REFUSAL), "failure")
    assert fault.get("type") == "reading"
    assert fault.get("message") == "the evidence was there, and still a fact is missing or wrong"
    assert fault.text.splitlines() == [
        "Question: How much?", "Answer: Wang, $240 billion [1].", "Missing: Lai | William Lai", "Wrong: Wang",
    ]


def test_a_false_refusal_tells_its_reason_and_misses_every_fact():
    fault = only(parsed(replace(REFUSAL, passages=RIGHT.passages), RIGHT, REFUSAL), "failure")
    assert fault.get("type") == "refusal"
    assert fault.text.splitlines()[1:] == [
        "Refused: Nothing was found.", "Missing: $240 billion", "Missing: Lai | William Lai",
    ]


def test_a_question_that_raised_is_an_error_and_no_failure():
    root = parsed(ValueError("it\nbroke"), RIGHT, REFUSAL)
    fault = only(root, "error")
    assert not list(root.iter("failure"))
    assert (fault.get("type"), fault.get("message")) == ("ValueError", "ValueError: it broke")
    assert fault.text == "Question: How much?\nError: ValueError: it\nbroke"


def test_a_row_that_does_not_tell_its_facts_still_has_its_place():
    run = report(answered("Wang."), RIGHT, REFUSAL)
    run["rows"] = [{key: value for key, value in row.items() if key != "expected"} for row in run["rows"]]
    assert only(ElementTree.fromstring(junit(run)), "failure").text == "Question: How much?\nAnswer: Wang."


def test_the_properties_say_what_ran_and_how_well():
    run = report(RIGHT, answered("Wang."), REFUSAL) | {"git": "abc+"}
    for suite in ElementTree.fromstring(junit(run)):
        properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
        assert properties["run_id"] == IDENTITY.run_id
        named = ("questions", "pipeline", "model", "corpus", "git")
        assert [properties[name] for name in named] == ["cases.jsonl", "cited", "qwen", "c0ffee", "abc+"]
        assert properties["right"] == "0.6667"
        assert properties["citation_exactness"] == "1.0000"
        assert "hit@1" not in properties


def test_what_is_not_known_is_no_property():
    run = report(REFUSAL, cases=CASES[2:]) | {"git": None}
    names = {p.get("name") for p in ElementTree.fromstring(junit(run)).iter("property")}
    assert "right" in names
    assert not names & {"git", "citation_exactness"}


@pytest.mark.parametrize("said, read", [
    ("<script>alert('&')</script> ]]>", "<script>alert('&')</script> ]]>"),
    ("a\x00b\x1b[2Jc\x08\x7f\x85", "ab[2Jc\x7f\x85"),
    ("\ud800 lone \udfff\ufffe\uffff", " lone "),
    ("“Łódź” 🙂 \U0010ffff\tand\nmore", "“Łódź” 🙂 \U0010ffff\tand\nmore"),
])
def test_any_text_survives_but_for_what_xml_cannot_hold(said, read):
    xml = junit(report(answered(said), RIGHT, REFUSAL))
    assert "<script>" not in xml
    fault = only(ElementTree.fromstring(xml.encode()), "failure")
    assert fault.text.startswith(f"Question: How much?\nAnswer: {read}\nMissing:")


def test_names_and_messages_are_as_safe_as_texts():
    odd = replace(CASES[2], id='a"<\x00>', kind="k\x01&")
    root = parsed(ValueError("\x1b<b>\ud800"), cases=[odd])
    assert (only(root, "testsuite").get("name"), only(root, "testcase").get("name")) == ("k&", 'a"<>')
    assert only(root, "error").get("message") == "ValueError: <b>"
