"""Every metric gives what a calculation by hand gives."""

import math

import pytest

from eval import metrics
from rag.types import Answer, Citation, Claim, Passage, Span

NONE, A, B, BOTH = frozenset(), frozenset({0}), frozenset({1}), frozenset({0, 1})


def passage(source, start, end):
    return Passage(source, "", start, end, "", 1.0)


def citation(number, source, start=0, end=4, quote="text"):
    return Citation(number, source, "", None, start, end, quote)


def test_hit_recall_and_all_count_needs_and_not_passages():
    ranking = [NONE, A, A, B]
    assert [metrics.hit_at_k(ranking, k) for k in (1, 2, 4)] == [0, 1, 1]
    assert [metrics.recall_at_k(ranking, 2, k) for k in (1, 3, 4)] == [0, 0.5, 1]
    assert [metrics.all_at_k(ranking, 2, k) for k in (3, 4)] == [0, 1]


def test_reciprocal_rank_is_of_the_first_passage_that_helps_and_zero_past_the_cutoff():
    assert metrics.reciprocal_rank([NONE, NONE, A]) == pytest.approx(1 / 3)
    assert metrics.reciprocal_rank([NONE] * 10 + [A]) == 0
    assert metrics.reciprocal_rank([]) == 0


def test_ndcg_by_hand():
    dcg = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert metrics.ndcg_at_k([NONE, A, A, B], [A, B]) == pytest.approx(dcg / ideal)


def test_ndcg_of_binary_relevance_agrees_with_the_textbook_formula():
    relevant = [0, 1, 0, 1, 1, 0]
    seen = iter(range(6))
    ranking = [frozenset({next(seen)}) if r else NONE for r in relevant]
    textbook = sum(r / math.log2(i + 2) for i, r in enumerate(relevant))
    best = sum(r / math.log2(i + 2) for i, r in enumerate(sorted(relevant, reverse=True)))
    assert metrics.ndcg_at_k(ranking, [m for m in ranking if m]) == pytest.approx(textbook / best)


def test_ndcg_is_one_for_the_best_order_even_when_sources_overlap():
    assert metrics.ndcg_at_k([BOTH, A, B], [A, B, BOTH]) == 1
    assert metrics.ndcg_at_k([A, BOTH], [A, B, BOTH]) == pytest.approx((1 + 1 / math.log2(3)) / 2)
    assert metrics.ndcg_at_k([A], []) == 0


def test_passages_cover_a_span_together_but_not_across_a_gap_or_another_source():
    span = Span(10, 30)
    assert metrics.covers([passage("a", 18, 40), passage("a", 5, 20)], "a", span)
    assert not metrics.covers([passage("a", 5, 19), passage("a", 20, 40)], "a", span)
    assert not metrics.covers([passage("b", 0, 40)], "a", span)
    assert not metrics.covers([], "a", span)


def test_overlap_needs_one_shared_character():
    assert metrics.overlaps(passage("a", 0, 11), "a", Span(10, 30))
    assert not metrics.overlaps(passage("a", 0, 10), "a", Span(10, 30))


def test_exact_match_ignores_case_articles_punctuation_and_spelling_of_numbers():
    assert metrics.exact_match("The Seventy percent.", ["70%"]) == 1
    assert metrics.exact_match("about 70%", ["70%"]) == 0


def test_token_f1_is_the_best_over_references():
    # 2 of 4 words of the answer, 2 of 2 of the reference: P = 1/2, R = 1, F1 = 2/3.
    assert metrics.token_f1("Director is Alexander Gabuev", ["nobody", "Alexander Gabuev"]) == pytest.approx(2 / 3)
    assert metrics.token_f1("anything", []) == 0
    assert metrics.token_f1("", ["the"]) == 1


def test_fact_recall_and_wrong_facts_count_facts_in_any_form():
    text = "Egypt, Ethiopia and the UAE joined."
    required = [["Egypt"], ["Iran"], ["United Arab Emirates", "Emirates"], ["Ethiopia"]]
    assert metrics.fact_recall(text, required) == 0.75
    assert metrics.wrong_facts(text, [["Turkey"], ["Ethiopia", "Eritrea"]]) == 1


@pytest.mark.parametrize(("text", "forms", "stated"), [
    ("No, it is not free.[1]", ("Yes", "free"), False),
    ("“No; nobody is free”", ("Yes", "free"), False),
    ("Yes, there is no doubt that he appealed.", ("No", "did not"), False),
    ("Yes, it is free.", ("Yes", "free"), True),
    ("No bookings are taken, it is free.", ("Yes", "free"), True),
    ("No. 5 is free.", ("Yes", "free"), True),
    ("No, it is free.", ("free",), True),
    ("No, never.", ("Yes", "No"), True),
])
def test_a_no_states_nothing_where_a_yes_is_wanted(text, forms, stated):
    assert metrics.states(text, forms) is stated


def test_citation_figures_by_hand():
    claims = [Claim("One.", (1, 3), "supported", 1.0), Claim("Two.", (), "unsupported", 0.0)]
    citations = [citation(1, "a"), citation(2, "b", quote="text!")]
    assert metrics.citation_validity(claims, citations) == 0.5
    assert metrics.citation_coverage(claims) == 0.5
    assert metrics.exactness(citations, {"a": "text", "b": "text"}) == 0.5
    assert metrics.citation_precision(citations, ["a", "c"]) == 0.5
    assert metrics.citation_recall(citations, {0: ["a", "c"], 1: ["c"]}) == 0.5


def test_figures_about_citations_are_unknown_where_there_is_nothing_to_count():
    assert metrics.citation_validity([], []) is None
    assert metrics.citation_coverage([]) is None
    assert metrics.exactness([], {}) is None
    assert metrics.citation_precision([], ["a"]) is None


@pytest.mark.parametrize("start, end, quote, source", [
    (1, 5, "text", "a"), (0, 5, "text ", "a"), (0, 0, "", "a"), (-4, 4, "text", "a"), (0, 4, "text", "absent"),
])
def test_a_citation_that_does_not_slice_its_quote_is_not_exact(start, end, quote, source):
    assert not metrics.is_exact(citation(1, source, start, end, quote), {"a": "text"})


def test_a_title_before_a_quotation_tells_no_number():
    cited = Citation(1, "a.txt", "Nine lost at sea", None, 0, 12, "It was -17.")
    assert metrics.without_labels("Nine lost at sea: “It was -17.”[1]", [cited]) == "“It was -17.”[1]"
    assert metrics.without_labels("Nine lost at sea.[1]", [cited]) == "Nine lost at sea.[1]"


def test_numbers_not_cited_are_those_in_no_quote():
    assert metrics.numbers_not_cited("70 percent of 400 [1]", ["about 70%", "four hundred men"]) == ()
    assert metrics.numbers_not_cited("80% of 80 [1]", ["80 of them"]) == ("80%",)


def test_the_two_counts_nothing_but_two_does():
    assert metrics.numbers_not_cited("The two countries signed it.", ["China and Russia signed it."]) == ()
    assert metrics.numbers_not_cited("They signed two treaties.", ["They signed treaties."]) == ("2",)


def test_right_needs_every_required_fact_and_no_forbidden_one():
    required, forbidden = [["Egypt"], ["Iran"]], [["Turkey"]]

    def right(text, status="answered"):
        return metrics.is_right(Answer("?", status, text), True, required, forbidden)

    assert right("Egypt and Iran.")
    assert not right("Egypt.")
    assert not right("Egypt, Iran and Turkey.")
    assert not right("Egypt and Iran.", "refused")


def test_right_on_an_unanswerable_question_is_to_refuse():
    assert metrics.is_right(Answer("?", "refused", ""), False, (), ())
    assert not metrics.is_right(Answer("?", "answered", "Yes."), False, (), ())


def test_an_answer_without_required_facts_is_not_judged():
    assert metrics.is_right(Answer("?", "answered", "Long prose."), True, (), ()) is None
    assert metrics.is_right(Answer("?", "refused", ""), True, (), ()) is None
    assert metrics.truthfulness(None, False) is None


def test_truthfulness_prefers_silence_to_a_wrong_answer():
    assert [metrics.truthfulness(*case) for case in ((True, False), (False, True), (False, False))] == [1, 0, -1]


def test_refusals_are_split_by_whether_the_evidence_was_retrieved():
    assert metrics.refusal_recall(True, False) == 1
    assert metrics.refusal_recall(True, True) is None
    assert metrics.false_refusal(True, True) == 1
    assert metrics.false_refusal(True, False) is None
    assert metrics.false_refusal(True, True, True, when=True) == 1
    assert metrics.false_refusal(True, True, True, when=False) is None


def test_percentiles_interpolate():
    assert metrics.percentile([4, 1, 3, 2], 50) == 2.5
    assert metrics.percentile([1, 2, 3, 4, 5], 95) == pytest.approx(4.8)
    assert metrics.percentile([], 50) is None


def test_a_marker_behind_a_claim_must_be_the_claims_own_and_name_one_citation():
    quoted = [Citation(number, "a", "", None, 0, 4, "text") for number in (1, 2, 2)]
    claim = Claim("It rose.", (1,), "supported", 1.0)
    assert metrics.citation_validity([claim], quoted, "It rose.[1]") == 1
    assert metrics.citation_validity([claim], quoted, "It rose.[9]") == 0.5
    assert metrics.citation_validity([claim], quoted, "It rose. [1][3]") == pytest.approx(2 / 3)
    assert metrics.citation_validity([claim], quoted, "It rose. As in [7], an article says.") == 1
    assert metrics.citation_validity([Claim("It rose.", (2,), "supported", 1.0)], quoted) == 0


def test_passages_are_exact_as_citations_are():
    passages = [Passage("a", "", 0, 4, "text", 1.0), Passage("a", "", 1, 4, "text", 1.0)]
    assert metrics.exactness(passages, {"a": "text"}) == 0.5
