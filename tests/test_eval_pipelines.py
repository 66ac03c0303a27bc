"""The variants that are measured beside Cited change the one stage they are named for."""

import asyncio
import hashlib
from contextlib import closing
from dataclasses import replace

import pytest

from eval import pipelines
from eval.cases import Case, CaseError, Gold, resolve
from eval.corpus import Texts
from eval.pipelines import PIPELINES, Task, open_pipeline
from eval.refusals import refuses
from eval.runner import identify
from rag.errors import ModelError
from tests.conftest import FakeModel

QUESTION = "What did the repair of the harbour wall cost?"
QUOTE = "The work cost $4 million."
HARBOUR = Case("cost", "number", QUESTION, True, required=(("$4 million",),), gold=(Gold("harbour.txt", QUOTE),))
RIGHT = "The repair of the harbour wall cost $4 million."


@pytest.fixture
def answer(corpus, config, monkeypatch, minilm):
    """Ask one question of a pipeline, with a language model that replies as it is told."""

    def ask(name, *replies, yes=1.0, question=QUESTION, cases=(), model=None):
        model = model or FakeModel(*replies, yes=yes)
        monkeypatch.setattr(pipelines, "load_language_model", lambda config: model)
        task = Task(corpus, replace(config, passages=2), resolve(cases, Texts(corpus)))
        bot = open_pipeline(name, task)
        answer = bot.ask(question)
        bot.close()
        assert model.closed
        return answer, model

    return ask


def test_cited_is_the_pipeline_as_it_is(answer):
    found, model = answer("cited", RIGHT)
    assert found.status == "answered"
    assert QUOTE in [citation.quote for citation in found.citations]
    assert found.confidence == 1.0
    assert found.evidence and all(sentence.text in model.prompts[0][1].content for sentence in found.evidence)


def test_a_reply_is_kept_for_the_next_run(answer):
    answer("cited", RIGHT)
    again, model = answer("cited")
    assert again.text.startswith(RIGHT)
    assert model.prompts == []


@pytest.mark.parametrize(("name", "query"), [("lexical", "metres"), ("dense", "How much did mending the quay cost?")])
def test_retrieval_by_one_half_alone(answer, name, query):
    found, _ = answer(name, "Not stated.", question=query)
    best = found.passages[0]
    assert best.source == {"lexical": "bridge.txt", "dense": "harbour.txt"}[name]
    # BM25 alone gives the best passage the whole score, cosine similarity never does.
    assert (best.score == 1.0) == (name == "lexical")


def test_without_the_check_whatever_the_model_wrote_stands_and_cites_all_it_read(answer):
    found, _ = answer("no-check", "The repair cost $9 million.")
    assert found.text.startswith("The repair cost $9 million.[1]")
    assert len(found.claims[0].citations) == len(found.citations) > 1


def test_with_the_check_it_does_not(answer):
    found, _ = answer("cited", "The repair cost $9 million.")
    assert found.status == "refused"


def test_without_the_second_look_a_doubtful_draft_is_shown_and_its_doubt_kept(answer):
    doubted, _ = answer("cited", RIGHT, yes=0.2)
    shown, _ = answer("no-doubt", RIGHT, yes=0.2)
    assert (doubted.status, shown.status) == ("refused", "answered")
    assert doubted.confidence == shown.confidence == 0.2


class Around(FakeModel):
    """Finds the answer only where it sees the sentence before it as well."""

    def yes_probability(self, messages):
        return 0.9 if f"2021. {QUOTE}" in messages[-1].content else 0.35


@pytest.mark.parametrize(("name", "status"), [("cited", "answered"), ("citations-alone", "refused")])
def test_citations_alone_may_be_doubted_where_what_stands_around_them_answers(answer, name, status):
    found, _ = answer(name, model=Around("The work cost $4 million."), question="What sum did mending the mole take?")
    assert found.status == status


@pytest.mark.parametrize(("name", "yes", "status"), [
    ("cited", 0.45, "answered"), ("cited", 0.41, "refused"), ("firm-doubt", 0.45, "refused"),
])  # fmt: skip
def test_what_is_doubted_a_little_is_shown_where_nothing_better_is_found(answer, name, yes, status):
    found, model = answer(name, "The work cost $4 million.", question="What sum did mending the mole take?", yes=yes)
    assert (found.status, found.confidence) == (status, yes)
    assert len(model.prompts) > 1


@pytest.mark.parametrize(("name", "sources"), [("cited", 2), ("one-version", 1)])
def test_one_version_leaves_out_what_other_articles_tell_otherwise(answer, corpus, name, sources):
    (corpus / "ledger.txt").write_text("Ledger\n\nThe repair of the harbour wall cost $5 million.", encoding="utf-8")
    found, _ = answer(name, "The work cost $4 million.", question="How much did the repair of the harbour wall cost?")
    assert len({citation.source for citation in found.citations}) == sources


def test_the_oracle_reads_only_the_passages_that_hold_the_gold(answer):
    found, model = answer("oracle", RIGHT, cases=[HARBOUR])
    assert {passage.source for passage in found.passages} == {"harbour.txt"}
    assert {sentence.source for sentence in found.evidence} == {"harbour.txt"}
    assert QUOTE in [citation.quote for citation in found.citations]
    assert len(model.prompts) == 1


def test_the_oracle_reads_the_whole_article_where_only_that_is_known(answer):
    found, _ = answer("oracle", RIGHT, cases=[replace(HARBOUR, gold=(Gold("harbour.txt", ""),))])
    assert {passage.source for passage in found.passages} == {"harbour.txt"}


def test_the_oracle_knows_nothing_of_an_unanswerable_question(answer):
    found, _ = answer("oracle", "Not stated.", question="Who plays the cello?", cases=[HARBOUR])
    assert len({passage.source for passage in found.passages}) == 2


def test_the_closed_book_sees_no_article(answer):
    found, model = answer("closed-book", RIGHT)
    assert (found.text, found.passages, found.citations) == (RIGHT, (), ())
    assert "million" not in "".join(message.content for message in model.prompts[0])
    refused, _ = answer("closed-book", "I do not know.", question="Who?")
    assert refused.status == "refused"


@pytest.fixture
def own_loop():
    """An event loop to be closed: LlamaIndex makes one where there is none, and never closes it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.usefixtures("own_loop")
def test_plain_llamaindex_cites_the_nodes_it_read_at_their_places(answer, corpus):
    found, model = answer("llamaindex", RIGHT)
    assert found.text == RIGHT
    assert len(found.passages) == len(found.citations) == 3
    texts = Texts(corpus)
    assert all(texts[c.source][c.start : c.end] == c.quote for c in found.citations)
    assert "$4 million" in "".join(message.content for message in model.prompts[0])


@pytest.mark.parametrize("name", ["closed-book", "llamaindex"])
def test_a_pipeline_that_cannot_do_without_a_model_says_so(corpus, config, name):
    with pytest.raises(ModelError, match="needs a language model"):
        open_pipeline(name, Task(corpus, config))


def test_an_unknown_pipeline_is_an_error_that_lists_the_known(corpus, config):
    with pytest.raises(CaseError, match=r"no pipeline 'x'. Known: cited, dense"):
        open_pipeline("x", Task(corpus, config))
    assert all(pipeline.about for pipeline in PIPELINES.values())


def test_a_pipeline_is_part_of_what_identifies_a_run(corpus, config):
    with closing(open_pipeline("cited", Task(corpus, config))) as bot:
        runs = {identify(bot, name, "hash", config).run_id for name in PIPELINES}
    assert len(runs) == len(PIPELINES)


def test_a_model_file_of_ones_own_is_known_by_its_digest(corpus, config, monkeypatch, tmp_path):
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    own = replace(config, model_path=tmp_path / "m.gguf")
    monkeypatch.setattr(pipelines, "load_language_model", lambda config: FakeModel())
    with closing(open_pipeline("cited", Task(corpus, own))) as bot:
        assert identify(bot, "cited", "hash", own).model_digest == hashlib.sha256(b"GGUF").hexdigest()


@pytest.mark.parametrize("text", [
    "", "Not stated.", "The context does not provide information about the cello.", "I'm sorry, but I can't say.",
    "The articles do not mention who plays it.", "There is no information about that in the passages.",
    "It is not specified who plays.", "The provided text doesn't state the price.", "Empty Response",
    "Based on the context information provided, I cannot answer the question.", "I am unable to answer.",
    "The answer cannot be determined from the given information.", "Not mentioned in the context.", "Unknown.",
    "Not enough information.",
])
def test_a_text_that_does_not_know_refuses(text):
    assert refuses(text)


@pytest.mark.parametrize("text", [
    "The work cost $4 million.", "Traders denied that rents rose.", "China did not join the talks.",
    "Unknown gunmen killed 12 people.", "The suspect was not known to police.",
    "The price was not disclosed until May, when it turned out to be $5 million.",
    "Putin did not state a date, but Xi named 22 October. The rest is not specified.",
])
def test_a_text_that_answers_does_not(text):
    assert not refuses(text)
