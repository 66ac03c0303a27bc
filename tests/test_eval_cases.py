"""Cases are checked as they are read, and the packaged ones against the seed articles."""

import json
from collections import Counter
from pathlib import Path

import pytest

from eval.cases import SEEDS, UNANSWERABLE_KINDS, CaseError, load_cases, parse_case, resolve
from eval.corpus import Texts, corpus_hash
from eval.metrics import states
from rag.errors import CorpusError
from rag.types import Span

ARTICLES = Path(__file__).parent.parent / "seeds"
INVENTED = SEEDS.parent.parent / "articles"
GOOD = {
    "id": "a", "kind": "name", "question": "Who?", "required": [["Lai"]], "answerable": True,
    "gold": [{"source": "a.txt", "quote": "Lai", "fact": 0}],
}


def parse(**changes):
    return parse_case(json.dumps(GOOD | changes), "cases.jsonl, line 7")


@pytest.fixture(scope="module")
def seed_cases():
    return resolve(load_cases(SEEDS), Texts(ARTICLES))


def test_there_are_enough_seed_cases_of_every_sort(seed_cases):
    kinds = Counter(case.kind for case in seed_cases)
    assert len(seed_cases) >= 120
    assert sum(kinds[kind] for kind in UNANSWERABLE_KINDS) >= 32
    assert all(kinds[kind] >= 8 for kind in UNANSWERABLE_KINDS)
    assert sum(bool(case.history) for case in seed_cases) >= 16
    assert {"number", "date", "name", "place", "quotation", "reason", "multi", "who_says", "told_differently",
            "paraphrase", "typo", "one_word", "leftover", "follow_up"} <= kinds.keys()


def test_every_seed_quote_slices_from_its_file(seed_cases):
    texts = Texts(ARTICLES)
    golds = [gold for case in seed_cases for gold in case.gold]
    assert golds
    assert all(texts[gold.source][span.start : span.end] == gold.quote for gold in golds for span in gold.spans)
    assert all(gold.spans for gold in golds)


def test_every_required_seed_fact_is_stated_by_one_of_its_quotes_and_no_quote_states_a_forbidden_one(seed_cases):
    for case in seed_cases:
        for number, forms in enumerate(case.required):
            assert any(states(gold.quote, forms) for gold in case.gold if gold.fact == number), case.id
        assert not any(states(gold.quote, forms) for gold in case.gold for forms in case.forbidden), case.id


@pytest.mark.parametrize(("name", "articles", "unanswerable"), [
    ("second.jsonl", ARTICLES, 18), ("held-out.jsonl", ARTICLES, 18), ("yes-no.jsonl", ARTICLES, 10),
    ("maravane.jsonl", INVENTED / "maravane", 32), ("harrowby.jsonl", INVENTED / "harrowby", 35),
    ("merrowhaven.jsonl", INVENTED / "merrowhaven", 16), ("summit.jsonl", INVENTED / "summit", 16),
])  # fmt: skip
def test_the_other_questions_are_about_their_articles_and_none_is_asked_twice(
    name, articles, unanswerable, seed_cases
):
    cases = resolve(load_cases(SEEDS.with_name(name)), Texts(articles))
    for case in cases:
        for number, forms in enumerate(case.required):
            assert any(states(gold.quote, forms) for gold in case.gold if gold.fact == number), case.id
        assert case.answerable != (case.kind in UNANSWERABLE_KINDS), case.id
    asked = {(case.question, tuple(case.history)) for case in seed_cases}
    assert not asked & {(case.question, tuple(case.history)) for case in cases}
    assert sum(not case.answerable for case in cases) >= unanswerable


def test_multi_article_seed_cases_need_several_sources(seed_cases):
    for case in seed_cases:
        if case.kind == "multi":
            alternatives = list(case.sources.values())
            assert len(case.needs) > 1, case.id
            assert len(frozenset().union(*alternatives)) > 1, case.id


def test_the_must_pass_cases_are_marked(seed_cases):
    assert {case.id for case in seed_cases if case.must_pass} == {
        "number-trade-volume", "number-before-invasion", "name-carnegie", "name-brics-members", "place-naval-drill",
        "off-topic-world-cup", "absent-kazan-population",
    }


def test_every_occurrence_of_a_quote_counts():
    case = resolve([parse(gold=[{"source": "a.txt", "quote": "Lai"}])], {"a.txt": "Lai met Lai."})[0]
    assert case.gold[0].spans == (Span(0, 3), Span(8, 11))


@pytest.mark.parametrize("text, message", [
    ({}, "no file 'a.txt'"), ({"a.txt": "nobody"}, "a.txt does not hold the quote 'Lai'"),
])
def test_gold_that_is_not_in_the_corpus_is_an_error(text, message):
    with pytest.raises(CaseError, match=message):
        resolve([parse()], text)


@pytest.mark.parametrize("changes, message", [
    ({"question": ""}, "line 7: 'question' must be a text"),
    ({"answerable": "yes"}, "'answerable' must be true or false"),
    ({"answer": "Lai"}, "unknown key 'answer'"),
    ({"required": "Lai"}, "'required' must be a list"),
    ({"required": ["Lai"]}, "wrong shape .*a fact is a list of texts"),
    ({"required": [["Lai"], ["Wang"]]}, "required fact 1 has no gold"),
    ({"required": []}, "needs required facts and gold"),
    ({"gold": [{"source": "a.txt"}]}, "wrong shape"),
    ({"gold": [{"source": "a.txt", "quote": 3}]}, "wrong shape"),
    ({"gold": [{"source": "a.txt", "quote": "Lai", "fact": "0"}]}, "wrong shape"),
    ({"history": [["Who?", "Lai."]]}, "wrong shape"),
    ({"history": [{"question": 5, "answer": None}]}, "wrong shape"),
    ({"must_pass": "false"}, "wrong shape .*must_pass is true or false"),
    ({"answerable": False}, "an unanswerable case has no required facts"),
    ({"kind": "absent"}, "kind 'absent' is for unanswerable"),
    ({"question": "\n"}, "'question' must be a text"),
    ({"id": " "}, "'id' must be a text"),
    ({"required": [["Lai", "the"]]}, "no answer can be seen to state 'the'"),
    ({"forbidden": [["%"]]}, "no answer can be seen to state '%'"),
    ({"required": [["Group & A"]]}, "no answer can be seen to state 'Group & A'"),
    ({"required": [["William Lai", "Lai & leader"]], "forbidden": [["Xi"], ["Wang", "Lai"]]},
     "whatever states 'William Lai' states the forbidden 'Wang', so no answer is right"),
    ({"gold": [{"source": "a.txt", "quote": "Lai", "facts": 1}]}, "gold has source, quote and fact, not 'facts'"),
    ({"question": "Who\ud800?"}, "not JSON .*surrogates"),
])
def test_a_case_that_contradicts_itself_is_an_error_that_names_the_line(changes, message):
    with pytest.raises(CaseError, match=message):
        parse(**changes)


@pytest.mark.parametrize("forbidden", [[["Lai Ching"]], [["Lai & Wang"]], [["leader & Lai"]]])
def test_a_forbidden_fact_that_says_more_than_the_required_one_is_none_that_no_answer_escapes(forbidden):
    assert parse(required=[["Lai", "Lai & Xi"]], forbidden=forbidden).forbidden


@pytest.mark.parametrize("line, message", [
    ("{", "not JSON"), ("[]", "expected an object"), ("[" * 100_000, "line 1: not JSON"), ("9" * 5000, "not JSON"),
])
def test_a_line_that_is_no_case_is_an_error(line, message):
    with pytest.raises(CaseError, match=message):
        parse_case(line, "cases.jsonl, line 1")


def test_a_file_with_an_id_twice_or_no_case_or_no_file_at_all_is_an_error(tmp_path):
    path = tmp_path / "cases.jsonl"
    with pytest.raises(CaseError, match="cannot be read"):
        load_cases(path)
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(CaseError, match="holds no case"):
        load_cases(path)
    path.write_text(f"{json.dumps(GOOD)}\n\n{json.dumps(GOOD)}\n", encoding="utf-8")
    with pytest.raises(CaseError, match="line 3: the id 'a' is taken"):
        load_cases(path)


def test_a_byte_order_mark_and_the_line_endings_of_windows_are_no_fault(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n")
    assert [case.id for case in load_cases(path)] == ["a"]


def test_the_hash_of_a_case_changes_with_what_is_asked_and_with_what_is_expected():
    assert parse().hash == parse().hash
    assert parse().hash != parse(required=[["William Lai"]]).hash
    assert parse().hash != parse(question="Who then?").hash
    assert parse().hash != parse(history=[{"question": "a", "answer": "b"}]).hash


def test_texts_lose_their_byte_order_mark_and_nothing_else(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffone\r\ntwo\u00a0".encode())
    (tmp_path / "b.txt").write_bytes("é".encode("utf-16"))
    (tmp_path / "c.txt").write_bytes(b"\xff\xfe\xff")
    (tmp_path / ".hidden").write_bytes(b"x")
    texts = Texts(tmp_path)
    assert list(texts) == ["a.txt", "b.txt", "c.txt"]
    assert texts["a.txt"] == "one\r\ntwo\u00a0"
    assert texts["b.txt"] == "é"
    assert texts.get("c.txt") is None


def test_texts_of_other_formats_are_those_in_which_offsets_are(tmp_path):
    (tmp_path / "n.csv").write_bytes(b'title,text\nOne,"The dam, he said, failed."\nTwo,It was mended.\n')
    (tmp_path / "p.html").write_text("<title>x</title><p>The dam &amp; the weir.</p>", encoding="utf-8")
    texts = Texts(tmp_path)
    assert texts["n.csv#1"] == "The dam, he said, failed." and texts["n.csv#2"] == "It was mended."
    assert texts["p.html"] == "The dam & the weir."
    assert texts.get("n.csv#3") is None and texts.get("x.txt") is None


def test_the_corpus_hash_follows_names_and_contents(tmp_path):
    (tmp_path / "a.txt").write_text("one", encoding="utf-8")
    first = corpus_hash(tmp_path)
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert corpus_hash(tmp_path) != first
    (tmp_path / "b.txt").rename(tmp_path / "a.txt")
    assert corpus_hash(tmp_path) == first
    with pytest.raises(CorpusError, match="no folder"):
        corpus_hash(tmp_path / "absent")
