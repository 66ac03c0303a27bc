"""Whether citations support their claims: the verifier, its idf, and citation recall and precision as ALCE has them."""

import math
from dataclasses import replace

import pytest

from eval import metrics
from eval.cases import Case, Gold, resolve
from eval.corpus import Texts
from eval.runner import run_cases
from eval.scoring import score, score_error
from eval.support import CorpusIdf, Verifier
from rag.types import Answer, Citation, Claim

WALL = "The harbour wall was repaired in March 2021."
COST = "Repairing the harbour wall cost $4 million."
OTHER = "The market moved to Elm Street."
TEXTS = {"harbour.txt": f"{WALL}\n\n{COST}", "market.txt": OTHER}
BOTH = "The harbour wall was repaired in March 2021 for $4 million."


@pytest.fixture
def verifier():
    return Verifier(CorpusIdf(TEXTS))


def cited(*quotes):
    return tuple(Citation(n, "harbour.txt", "", None, 0, len(quote), quote) for n, quote in enumerate(quotes, 1))


def claim(text, *numbers, verdict="supported"):
    return Claim(text, numbers, verdict, 1.0)


def answer(claims, citations, text=None):
    text = " ".join(c.text for c in claims) if text is None else text
    return Answer("When was it repaired?", "answered", text, tuple(claims), citations)


# The verifier


def test_a_claim_is_supported_by_a_quote_that_says_it_and_not_by_one_about_something_else(verifier):
    assert verifier.supports("The wall was repaired in March 2021.", [WALL])
    assert not verifier.supports("The wall was repaired in March 2021.", [OTHER])
    assert not verifier.supports("The wall was repaired in March 2021.", [])


@pytest.mark.parametrize("wrong", ["The harbour wall was repaired in March 2022.",
                                   "The harbour wall was repaired in April 2021.",
                                   "The harbour wall was not repaired in March 2021."])
def test_a_wrong_number_month_or_denial_is_not_supported(verifier, wrong):
    assert verifier.judge(wrong, [WALL]).verdict == "unsupported"
    assert verifier.score(wrong, [WALL]) == 0


def test_two_quotes_support_together_what_neither_does_alone(verifier):
    assert verifier.supports(BOTH, [WALL, COST])
    assert not verifier.supports(BOTH, [WALL])
    assert not verifier.supports(BOTH, [COST])


def test_the_score_is_the_share_covered(verifier):
    assert verifier.score("The harbour wall was repaired.", [WALL]) == 1
    assert 0.4 < verifier.score("The harbour wall was repaired by masons.", [WALL]) < 1


def test_the_same_claim_and_quotes_are_judged_once(verifier):
    assert verifier.judge(BOTH, [WALL, COST]) is verifier.judge(BOTH, (WALL, COST))


def test_idf_is_counted_over_paragraphs():
    idf = CorpusIdf(TEXTS)
    assert idf("harbour") == pytest.approx(math.log(1 + (3 - 2 + 0.5) / 2.5))
    assert idf("market") == pytest.approx(math.log(1 + (3 - 1 + 0.5) / 1.5))
    assert idf("unheard") == pytest.approx(math.log(1 + 3.5 / 0.5))


def test_idf_reads_nothing_before_it_is_asked_and_skips_what_cannot_be_decoded(tmp_path):
    (tmp_path / "a.txt").write_text(WALL, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(b"\xff\x00\xfe")
    idf = CorpusIdf(Texts(tmp_path))
    (tmp_path / "a.txt").write_text(OTHER, encoding="utf-8")
    assert idf("market") == pytest.approx(math.log(1 + 0.5 / 1.5))


# Citation recall and precision


def test_recall_is_the_share_of_claims_that_their_citations_support(verifier):
    citations = cited(WALL, OTHER)
    claims = [claim("The wall was repaired in March 2021.", 1), claim("The wall was repaired in March 2021.", 2)]
    assert metrics.citation_support_recall(claims, citations, verifier.supports) == 0.5


def test_a_claim_without_a_citation_has_recall_0_and_no_precision(verifier):
    claims = [claim("The wall was repaired in March 2021.")]
    assert metrics.citation_support_recall(claims, cited(WALL), verifier.supports) == 0
    assert metrics.citation_support_precision(claims, cited(WALL), verifier.supports) is None


def test_citations_needed_together_are_both_precise(verifier):
    claims = [claim(BOTH, 1, 2)]
    assert metrics.citation_support_recall(claims, cited(WALL, COST), verifier.supports) == 1
    assert metrics.citation_support_precision(claims, cited(WALL, COST), verifier.supports) == 1


def test_a_citation_that_adds_nothing_is_not_precise(verifier):
    claims = [claim("The wall was repaired in March 2021.", 1, 2)]
    assert metrics.citation_support_recall(claims, cited(WALL, OTHER), verifier.supports) == 1
    assert metrics.citation_support_precision(claims, cited(WALL, OTHER), verifier.supports) == 0.5


def test_two_citations_that_each_support_the_claim_are_both_precise(verifier):
    again = "In March 2021 the harbour wall was repaired at last."
    claims = [claim("The wall was repaired in March 2021.", 1, 2)]
    assert metrics.citation_support_precision(claims, cited(WALL, again), verifier.supports) == 1


def test_no_citation_of_an_unsupported_claim_is_precise(verifier):
    claims = [claim("The wall was repaired in March 2022.", 1, 2)]
    assert metrics.citation_support_precision(claims, cited(WALL, COST), verifier.supports) == 0


def test_a_number_that_names_no_citation_supports_nothing(verifier):
    claims = [claim("The wall was repaired in March 2021.", 1, 7)]
    assert metrics.citation_support_recall(claims, cited(WALL), verifier.supports) == 1
    assert metrics.citation_support_precision(claims, cited(WALL), verifier.supports) == 0.5
    assert metrics.citation_support_recall([claim("The wall was repaired.", 7)], cited(WALL), verifier.supports) == 0


def test_without_claims_there_is_no_figure(verifier):
    assert metrics.citation_support_recall([], (), verifier.supports) is None
    assert metrics.citation_support_precision([], (), verifier.supports) is None


def test_a_claim_left_out_of_the_text_is_not_stated():
    shown, hidden = claim(WALL, 1), claim(OTHER, verdict="unsupported")
    assert metrics.stated_claims(answer([shown, hidden], cited(WALL), text=f"{WALL}[1]")) == (shown,)
    assert metrics.stated_claims(answer([shown, hidden], cited(WALL))) == (shown, hidden)


# Scoring


CASE = resolve([Case("wall", "fact", "When?", True, required=(("March 2021",),), gold=(Gold("harbour.txt", WALL),))],
               TEXTS)[0]


def test_an_answer_is_scored_when_there_is_a_verifier(verifier):
    given = answer([claim(WALL, 1), claim(OTHER, 1)], cited(WALL))
    scores = score(CASE, given, TEXTS, verifier)
    assert (scores["citation_support_recall"], scores["citation_support_precision"]) == (0.5, 0.5)
    assert score(CASE, given, TEXTS)["citation_support_recall"] is None


def test_refusals_and_errors_have_no_support(verifier):
    refused = replace(answer([], ()), status="refused")
    for scores in (score(CASE, refused, TEXTS, verifier), score_error(CASE)):
        assert scores["citation_support_recall"] is scores["citation_support_precision"] is None


def test_a_run_judges_every_answer():
    class Bot:
        def ask(self, question, history=()):
            return answer([claim(WALL, 1)], cited(WALL))

    row = run_cases(Bot(), [CASE], TEXTS)[0]
    assert row.scores["citation_support_recall"] == row.scores["citation_support_precision"] == 1
