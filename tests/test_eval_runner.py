"""Runs: what is asked, what each row says, and which stage is blamed."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from eval.cases import Case, Gold, resolve
from eval.runner import Identity, Row, describe_model, identify, run_cases, settings
from eval.scoring import failure, score
from rag.config import Config
from rag.errors import ModelError
from rag.types import Answer, Citation, Claim, Passage, Sentence, Turn
from tests.conftest import FakeBot

TEXT = "Lai leads. The trade was $240 billion. Nobody else is named."
TEXTS = {"a.txt": TEXT, "b.txt": "Something else."}
QUOTE = "The trade was $240 billion."
START = TEXT.index(QUOTE)


def resolved(case):
    return resolve([case], TEXTS)[0]


TRADE = resolved(Case("trade", "number", "How much?", True, required=(("$240 billion",),),
                      forbidden=(("Lai traded",),), gold=(Gold("a.txt", QUOTE),)))
NOWHERE = Case("nowhere", "absent", "How old?", False)
REFUSAL = Answer("?", "refused", "The articles do not say.", reason="not found")


def passage(source="a.txt", start=0, end=None):
    end = len(TEXTS[source]) if end is None else end
    return Passage(source, "", start, end, TEXTS[source][start:end], 1.0)


def answered(text="It was $240 billion [1].", *, source="a.txt", start=START, quote=QUOTE, passages=None):
    cited = Citation(1, source, "", None, start, start + len(quote), quote)
    return Answer("?", "answered", text, (Claim(text, (1,), "supported", 1.0),), (cited,),
                  (passage(),) if passages is None else passages)


def blamed(case, answer):
    return failure(case, answer, score(case, answer, TEXTS))


def test_a_right_answer_scores_full_marks_everywhere():
    scores = score(TRADE, answered(), TEXTS)
    for name in ("right", "truthfulness", "fact_recall", "contain", "hit@1", "recall@5", "all@10", "span@1", "mrr@10",
                 "ndcg@10", "citation_validity", "citation_exactness", "citation_coverage", "citation_precision",
                 "citation_recall"):
        assert scores[name] == 1, name
    assert scores["citation_unsupported_numbers"] == 0
    assert blamed(TRADE, answered()) is None


def test_metrics_that_do_not_apply_are_none():
    scores = score(NOWHERE, REFUSAL, TEXTS)
    assert scores["right"] == scores["refusal_recall"] == 1
    assert {scores[name] for name in ("hit@1", "span@5", "f1", "citation_exactness", "false_refusal")} == {None}


def test_offsets_shifted_by_one_are_caught_by_exactness_and_blamed_on_the_citation():
    shifted = answered(start=START + 1)
    assert score(TRADE, shifted, TEXTS)["citation_exactness"] == 0
    assert blamed(TRADE, shifted) == "citation"


def test_dropped_citations_are_caught_by_coverage_and_recall():
    bare = replace(answered(), citations=(), claims=(Claim("It was $240 billion", (), "unsupported", 0.0),))
    scores = score(TRADE, bare, TEXTS)
    assert (scores["citation_coverage"], scores["citation_recall"]) == (0, 0)
    assert blamed(TRADE, bare) == "citation"


def test_a_wrong_number_is_caught_by_right_and_by_the_numbers_not_cited():
    wrong = answered("It was $250 billion [1].")
    scores = score(TRADE, wrong, TEXTS)
    assert (scores["right"], scores["truthfulness"], scores["citation_unsupported_numbers"]) == (0, -1, 1)
    assert blamed(TRADE, wrong) == "reading"


def test_a_forbidden_fact_makes_an_answer_wrong():
    assert score(TRADE, answered("Lai traded $240 billion [1]."), TEXTS)["right"] == 0


def test_broken_retrieval_is_blamed_before_a_refusal_or_a_wrong_answer():
    elsewhere = (passage("b.txt", 0, 15),)
    missed = score(TRADE, replace(REFUSAL, passages=elsewhere), TEXTS)
    assert (missed["hit@10"], missed["span@10"], missed["false_refusal_missed"]) == (0, 0, 1)
    assert blamed(TRADE, replace(REFUSAL, passages=elsewhere)) == "retrieval"
    assert blamed(TRADE, answered("No idea.", passages=elsewhere)) == "retrieval"


def test_the_gold_article_without_the_gold_characters_is_a_hit_but_no_span():
    half = answered("No idea.", passages=(passage(end=START + 5),))
    scores = score(TRADE, half, TEXTS)
    assert (scores["hit@1"], scores["span@1"]) == (1, 0)
    assert blamed(TRADE, half) == "retrieval"


def test_prose_is_compared_with_prose_and_judged_neither_right_nor_wrong():
    prose = resolved(replace(TRADE, required=(), references=("The trade was worth $240 billion.",)))
    scores = score(prose, answered("The trade was $240 billion. [1]"), TEXTS)
    assert (scores["right"], scores["fact_recall"]) == (None, None)
    assert scores["f1"] == pytest.approx(2 * 3 / (3 + 4))
    assert score(prose, REFUSAL, TEXTS)["f1"] == 0


def test_a_refusal_is_blamed_even_where_no_answer_could_be_judged():
    prose = resolved(replace(TRADE, required=()))
    assert score(prose, REFUSAL, TEXTS)["right"] is None
    assert blamed(prose, replace(REFUSAL, passages=(passage(),))) == "refusal"


def test_a_refusal_with_the_evidence_at_hand_is_a_false_refusal():
    refusal = replace(REFUSAL, passages=(passage(),))
    assert score(TRADE, refusal, TEXTS)["false_refusal_retrieved"] == 1
    assert blamed(TRADE, refusal) == "refusal"


def test_an_answer_to_an_unanswerable_question_is_blamed_on_the_missing_refusal():
    assert score(NOWHERE, answered(), TEXTS)["truthfulness"] == -1
    assert blamed(NOWHERE, answered()) == "refusal"


def test_a_wrong_answer_drawn_from_another_sentence_is_blamed_on_the_evidence():
    assert blamed(TRADE, answered("Lai leads [1].", start=0, quote="Lai leads.")) == "evidence"


def read(*texts):
    return tuple(Sentence("a.txt", "", TEXT.index(text), TEXT.index(text) + len(text), text, 1.0) for text in texts)


def test_a_retrieved_sentence_that_was_not_picked_is_blamed_on_the_evidence():
    elsewhere = replace(answered("Lai leads [1].", start=0, quote="Lai leads."), evidence=read("Lai leads."))
    assert blamed(TRADE, elsewhere) == "evidence"
    assert blamed(TRADE, replace(REFUSAL, passages=(passage(),), evidence=read("Lai leads."))) == "evidence"


def test_a_sentence_that_was_read_in_vain_is_blamed_on_the_reading_or_the_refusal():
    wrong = replace(answered("Lai leads [1].", start=0, quote="Lai leads."), evidence=read("Lai leads.", QUOTE))
    assert blamed(TRADE, wrong) == "reading"
    assert blamed(TRADE, replace(REFUSAL, passages=(passage(),), evidence=read(QUOTE))) == "refusal"


def test_a_row_shows_what_was_expected():
    expected = run_cases(FakeBot(answered()), [TRADE], TEXTS)[0].expected
    assert expected["required"] == [["$240 billion"]]
    assert expected["gold"] == [{"source": "a.txt", "quote": QUOTE, "fact": 0, "spans": [[START, START + len(QUOTE)]]}]


def test_every_need_may_be_met_by_any_of_its_sources():
    case = resolved(replace(TRADE, gold=(Gold("b.txt", "Something"), Gold("a.txt", QUOTE))))
    assert score(case, answered(), TEXTS)["recall@1"] == 1
    assert score(case, answered(), TEXTS)["citation_recall"] == 1


def test_history_reaches_the_bot():
    turns = (Turn("Who?", "Lai."),)
    bot = FakeBot(answered())
    run_cases(bot, [replace(TRADE, history=turns)], TEXTS)
    assert bot.asked == [("How much?", turns)]


def test_an_exception_is_recorded_and_counts_as_a_wrong_answer():
    row = run_cases(FakeBot(ModelError("it broke")), [TRADE], TEXTS)[0]
    assert (row.error, row.failure, row.answer) == ("ModelError: it broke", "error", None)
    assert (row.scores["right"], row.scores["truthfulness"], row.scores["error"], row.scores["hit@1"]) == (0, -1, 1, 0)


def test_a_bot_that_gives_no_answer_is_an_error_too():
    row = run_cases(FakeBot(None), [TRADE], TEXTS)[0]
    assert (row.error, row.failure) == ("TypeError: the bot gave no Answer but NoneType", "error")


def test_an_answer_that_cannot_be_scored_loses_no_other_case():
    class Locked(dict):
        reads = 0

        def get(self, source, default=None):
            self.reads += 1
            if self.reads == 1:
                raise PermissionError(source)
            return super().get(source, default)

    bot = FakeBot(answered(), answered())
    rows = run_cases(bot, [TRADE, replace(TRADE, id="again")], Locked(TEXTS))
    assert [row.error for row in rows] == ["PermissionError: a.txt", None]
    assert [row.scores["right"] for row in rows] == [0, 1]


def test_a_row_survives_json():
    row = run_cases(FakeBot(answered()), [TRADE], TEXTS)[0]
    assert Row.from_dict(json.loads(json.dumps(row.to_dict()))) == row


def test_the_run_id_follows_everything_that_an_answer_depends_on(tmp_path):
    identity = Identity("cited", "corpus", {"passages": 10}, "model", "digest", "embedding", "code")
    others = [replace(identity, pipeline="x"), replace(identity, corpus="x"),
              replace(identity, config={"passages": 5}), replace(identity, model="x"),
              replace(identity, model_digest="x"), replace(identity, embedding="x"), replace(identity, code="x")]
    assert len({identity.run_id, *(other.run_id for other in others)}) == 8
    assert (
        identify(FakeBot(), "cited", "c", Config(home=tmp_path))
        == identify(FakeBot(), "cited", "c", Config(home=tmp_path / "x"))
    )


def test_the_settings_of_a_run_hold_no_key_and_no_path_of_this_machine(tmp_path):
    found = settings(Config(home=tmp_path, api_key="secret", model_path=tmp_path / "m.gguf",
                            base_url="https://me:secret@example.org:81/v1", chroma_token="secret",
                            chroma="http://me:secret@index.example.org:8000"))
    assert found["chroma"] == "index.example.org:8000"
    assert found["model_path"] == "m.gguf"
    assert found["base_url"] == "example.org:81"
    assert "secret" not in json.dumps(found)
    assert str(tmp_path) not in json.dumps(found)


def test_the_name_and_digest_of_a_model_behind_an_adapter_are_found():
    adapter = SimpleNamespace(metadata=SimpleNamespace(model_name="qwen"), model=SimpleNamespace(digest="abc"))
    assert describe_model(SimpleNamespace(llm=adapter)) == ("qwen", "abc")
    assert describe_model(SimpleNamespace(llm=SimpleNamespace(model="gpt"))) == ("SimpleNamespace", None)


def test_a_bot_without_a_language_model_has_none_as_its_model():
    assert describe_model(FakeBot()) == ("none", None)
