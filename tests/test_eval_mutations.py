"""The eval put to the test: break an answer in one way, and the figures that should show it do, and no others.

First a bot that is right about every case and can be broken at will, then the real pipeline without a language model.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from eval.baseline import change_since
from eval.cases import SEEDS as QUESTIONS
from eval.cases import Case, Gold, load_cases, resolve
from eval.corpus import Texts
from eval.metrics import states
from eval.report import broken_promises, build_report, write_report
from eval.runner import Identity, Row, run_cases
from eval.scoring import Failure
from eval.statistics import Comparison
from eval.summary import METRICS, compare_rows, direction, summarise
from rag import Chatbot
from rag.config import Config
from rag.conversation import Inquiry, inquire
from rag.errors import ModelError
from rag.grounding import Grounded, Grounder
from rag.index import Index
from rag.snapshot import Snapshot
from rag.stages import Gathered, Stages, Tools, gather
from rag.types import Answer, Citation, Claim, Passage, Sentence, Turn
from tests.conftest import SEEDS as ARTICLES

HEADLINE = {metric.name: metric for metric in METRICS if metric.headline}
RIGHT = ("right", "answerable_right", "truthfulness", "fact_recall")
SUPPORT = ("citation_support_recall", "citation_support_precision")
FOUND = ("span@10",)
CITATIONS = (*SUPPORT, "citation_exactness", "citation_validity", "citation_coverage", "citation_precision",
             "citation_recall", "uncited_numbers")

Breakage = Callable[[Case, Answer], Answer]
Gatherer = Callable[[Inquiry, Snapshot, Tools], Gathered]


@dataclass(frozen=True)
class Mutant:
    """A way to be broken, and what it must do to the headline figures.

    `worse` get significantly worse, `gone` are left without a case to apply to, `free` may move or not, and no other
    may move at all. `stage` must be blamed for most of the faults; None where no case is at fault by itself. `shuts`
    says whether the gate closes without a baseline.
    """

    name: str
    broken: Breakage
    worse: tuple[str, ...]
    stage: Failure | None
    shuts: bool = False
    gone: tuple[str, ...] = ()
    free: tuple[str, ...] = ()


# The sound bot


@functools.cache
def texts() -> Texts:
    return Texts(ARTICLES)


@functools.cache
def cases() -> tuple[Case, ...]:
    return tuple(resolve(load_cases(QUESTIONS), texts()))


def paragraph(source: str, start: int) -> Passage:
    text = texts()[source]
    first, end = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    end = len(text) if end < 0 else end
    return Passage(source, "", first, end, text[first:end], 1.0)


def sound(case: Case) -> Answer:
    """A gold quote for every required fact, quoted and cited; a refusal where there is nothing to say."""
    if not case.answerable:
        return refused(Answer(case.question, "answered", ""))
    golds = [gold_of(case, fact) for fact in range(len(case.required))]
    quoted = dict.fromkeys((gold.source, gold.spans[0], gold.quote) for gold in golds)
    citations = [Citation(number, source, "", None, span.start, span.end, quote)
                 for number, (source, span, quote) in enumerate(quoted, 1)]
    claims = [Claim(f"“{citation.quote}”", (citation.number,), "supported", 1.0) for citation in citations]
    passages = dict.fromkeys(paragraph(citation.source, citation.start) for citation in citations)
    evidence = [Sentence(c.source, "", c.start, c.end, c.quote, 1.0) for c in citations]
    bare = Answer(case.question, "answered", "", passages=tuple(passages), evidence=tuple(evidence))
    return with_claims(bare, claims, citations)


def gold_of(case: Case, fact: int) -> Gold:
    """A gold quote that states the fact."""
    return next(gold for gold in case.gold if gold.fact == fact and states(gold.quote, case.required[fact]))


def plain(forms: Sequence[str]) -> str:
    """A fact in its first form, which may have parts: "a & b"."""
    return " and ".join(forms[0].split(" & ")) + "."


def with_claims(answer: Answer, claims: Sequence[Claim], citations: Sequence[Citation] | None = None) -> Answer:
    text = Grounded(tuple(replace(claim, verdict="supported") for claim in claims), ()).text
    return replace(answer, text=text, claims=tuple(claims),
                   citations=answer.citations if citations is None else tuple(citations))


def with_citations(answer: Answer, change: Callable[[Citation], Citation]) -> Answer:
    return replace(answer, citations=tuple(map(change, answer.citations)))


def refused(answer: Answer) -> Answer:
    return replace(answer, status="refused", text="Not said.", reason="Not found.", claims=(), citations=())


class BrokenBot:
    """Knows every case, and answers it as a sound bot does but for one breakage."""

    llm = None

    def __init__(self, broken: Breakage) -> None:
        self._broken = broken
        self._cases = {(case.question, case.history): case for case in cases()}

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        case = self._cases[question, tuple(history)]
        return self._broken(case, sound(case))


# The ways to be broken


@functools.cache
def where_answered(broken: Breakage) -> Breakage:
    return lambda case, answer: broken(case, answer) if answer.status == "answered" else answer


def elsewhere(case: Case) -> Passage:
    """The first paragraph of an article that the case is not about."""
    gold = {gold.source for gold in case.gold}
    return paragraph(next((source for source in texts() if source not in gold), next(iter(texts()))), 0)


def cited(passage: Passage, number: int) -> Citation:
    return Citation(number, passage.source, "", None, passage.start, passage.end, passage.text)


def finds_other_articles(case: Case, answer: Answer) -> Answer:
    return replace(refused(answer), passages=(elsewhere(case),), evidence=())


def reads_other_sentences(case: Case, answer: Answer) -> Answer:
    passage = elsewhere(case)
    return replace(refused(answer), evidence=(Sentence(passage.source, "", passage.start, passage.end, "", 1.0),))


def replaces_passages(case: Case, answer: Answer) -> Answer:
    return replace(answer, passages=(elsewhere(case),))


def alters_passages(case: Case, answer: Answer) -> Answer:
    return replace(answer, passages=tuple(replace(passage, text=passage.text[::-1]) for passage in answer.passages))


def drops_citations(case: Case, answer: Answer) -> Answer:
    return with_claims(answer, [replace(claim, citations=(), verdict="unsupported") for claim in answer.claims], ())


def shifts_offsets(case: Case, answer: Answer) -> Answer:
    return with_citations(answer, lambda citation: replace(citation, start=citation.start + 1, end=citation.end + 1))


def alters_quotes(case: Case, answer: Answer) -> Answer:
    return with_citations(answer, lambda citation: replace(citation, quote=f"{citation.quote} …"))


def cites_another_article(case: Case, answer: Answer) -> Answer:
    return with_citations(answer, lambda citation: cited(elsewhere(case), citation.number))


def cites_another_sentence(case: Case, answer: Answer) -> Answer:
    """Exactly quoted, of the right article, and nothing to do with the claim."""
    return with_citations(answer, lambda citation: cited(_without_gold(case, citation.source), citation.number))


def _without_gold(case: Case, source: str) -> Passage:
    spans = [span for gold in case.gold if gold.source == source for span in gold.spans]
    lines = (paragraph(source, match.start()) for match in re.finditer(r"^.{40,}", texts()[source], re.MULTILINE))
    return next(line for line in lines if not any(line.start < span.end and span.start < line.end for span in spans))


def misnumbers_citations(case: Case, answer: Answer) -> Answer:
    return with_claims(answer, [replace(c, citations=tuple(n + 1 for n in c.citations)) for c in answer.claims])


def swaps_citations(case: Case, answer: Answer) -> Answer:
    """Each claim has the citations of the next one."""
    turned = [*answer.claims[1:], answer.claims[0]]
    return with_claims(answer, [replace(claim, citations=other.citations)
                                for claim, other in zip(answer.claims, turned, strict=True)])


def misprints_markers(case: Case, answer: Answer) -> Answer:
    """The text says [99] where the claims have the right numbers."""
    return replace(answer, text=re.sub(r"\[\d+\]", "[99]", answer.text))


def always_refuses(case: Case, answer: Answer) -> Answer:
    return refused(answer)


def never_refuses(case: Case, answer: Answer) -> Answer:
    if answer.status == "answered":
        return answer
    passage = elsewhere(case)
    bare = Answer(case.question, "answered", "", passages=(passage,))
    return with_claims(bare, [Claim(passage.text, (1,), "supported", 1.0)], [cited(passage, 1)])


def gets_numbers_wrong(case: Case, answer: Answer) -> Answer:
    return with_claims(answer, [replace(claim, text=one_more(claim.text)) for claim in answer.claims])


def one_more(text: str) -> str:
    return re.sub(r"\d+", lambda match: str(int(match[0]) + 1), text)


def says_what_is_wrong(case: Case, answer: Answer) -> Answer:
    return with_claims(answer, [*answer.claims, *(Claim(f[0], (1,), "supported", 1.0) for f in case.forbidden)])


def stops_after_one_fact(case: Case, answer: Answer) -> Answer:
    first = replace(answer.claims[0], text=plain(case.required[0]))
    return with_claims(answer, [first], answer.citations[:1])


def says_facts_plainly(case: Case, answer: Answer) -> Answer:
    """Not broken at all: the required facts and nothing else."""
    numbers = {citation.quote: citation.number for citation in answer.citations}
    return with_claims(answer, [
        Claim(plain(forms), (numbers[gold_of(case, fact).quote],), "supported", 1.0)
        for fact, forms in enumerate(case.required)
    ])


def raises_on_every_third(case: Case, answer: Answer) -> Answer:
    if cases().index(case) % 3 == 0:
        raise ModelError("it broke")
    return answer


MUTANTS = (
    Mutant("finds other articles", where_answered(finds_other_articles), (*RIGHT, *FOUND, "false_refusal"),
           "retrieval", shuts=True, gone=CITATIONS),
    Mutant("finds other articles and answers all the same", replaces_passages, FOUND, None),
    Mutant("alters passages", alters_passages, ("passage_exactness",), None, shuts=True),
    Mutant("reads other sentences", where_answered(reads_other_sentences), (*RIGHT, "false_refusal"), "evidence",
           shuts=True, gone=CITATIONS),
    Mutant("always refuses", always_refuses, (*RIGHT, "false_refusal"), "refusal", shuts=True, gone=CITATIONS),
    Mutant("never refuses", never_refuses, ("right", "truthfulness", "refusal_recall"), "refusal", shuts=True),
    Mutant("gets numbers wrong", gets_numbers_wrong, (*RIGHT, *SUPPORT, "uncited_numbers"), "reading", shuts=True),
    Mutant("says what is wrong", says_what_is_wrong, ("right", "answerable_right", "truthfulness"), "reading",
           shuts=True, free=(*SUPPORT, "uncited_numbers")),
    Mutant("stops after one fact", where_answered(stops_after_one_fact), (*RIGHT, "citation_recall"), "reading",
           shuts=True, free=SUPPORT),
    Mutant("drops citations", where_answered(drops_citations),
           ("citation_coverage", "citation_recall", "citation_support_recall", "uncited_numbers"), "citation",
           shuts=True,
           gone=("citation_exactness", "citation_validity", "citation_precision", "citation_support_precision")),
    Mutant("shifts offsets by one", shifts_offsets, ("citation_exactness",), "citation", shuts=True),
    Mutant("alters quotes", alters_quotes, ("citation_exactness",), "citation", shuts=True),
    Mutant("misnumbers citations", misnumbers_citations, ("citation_validity", *SUPPORT), "citation", shuts=True),
    Mutant("misprints markers", misprints_markers, ("citation_validity",), "citation", shuts=True),
    Mutant("cites another article", cites_another_article,
           ("citation_precision", "citation_recall", *SUPPORT, "uncited_numbers"), "citation"),
    Mutant("cites another sentence", cites_another_sentence, (*SUPPORT, "uncited_numbers"), "citation"),
    Mutant("swaps citations", where_answered(swaps_citations), SUPPORT, "citation"),
    Mutant("raises on every third question", raises_on_every_third,
           (*RIGHT, *FOUND, "error", "refusal_recall", "citation_recall"), "error", shuts=True),
)
each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)


# What the eval makes of them


@functools.cache
def rows_of(broken: Breakage) -> list[Row]:
    return run_cases(BrokenBot(broken), cases(), texts())


@functools.cache
def sound_rows() -> list[Row]:
    return rows_of(lambda case, answer: answer)


@functools.cache
def changes(broken: Breakage) -> dict[str, Comparison]:
    return compare_rows(sound_rows(), rows_of(broken))


def verdicts(compared: Mapping[str, Comparison]) -> dict[str, str]:
    return {name: direction(metric, compared[name]) for name, metric in HEADLINE.items() if name in compared}


def worsened(compared: Mapping[str, Comparison]) -> set[str]:
    return {name for name, verdict in verdicts(compared).items() if verdict == "worse"}


def test_the_sound_bot_has_full_marks_in_every_headline_figure():
    means = {name: figure["mean"] for name, figure in summarise(sound_rows())["metrics"].items() if figure}
    assert HEADLINE.keys() <= means.keys()
    for name in HEADLINE.keys() & means.keys():
        assert means[name] == (0 if HEADLINE[name].lower_is_better else 1), name
    assert {means[name] for name in ("hit@1", "all@10", "span@10", "mrr@10", "contain")} == {1}


def test_the_sound_bot_has_no_fault_and_passes_the_gate():
    assert [row.id for row in sound_rows() if row.failure] == []
    assert broken_promises(sound_rows()) == []


def test_facts_said_plainly_are_as_right_as_quotations():
    rows = rows_of(where_answered(says_facts_plainly))
    assert [row.id for row in rows if row.scores["right"] != 1] == []


@each_mutant
def test_what_is_broken_shows(mutant):
    assert worsened(changes(mutant.broken)) >= set(mutant.worse)


@each_mutant
def test_nothing_else_moves(mutant):
    compared = changes(mutant.broken)
    others = HEADLINE.keys() - {*mutant.worse, *mutant.free}
    assert {name: compared[name].difference for name in others & compared.keys() if compared[name].difference} == {}
    assert others - compared.keys() == set(mutant.gone)


@each_mutant
def test_the_stage_that_is_broken_is_blamed_for_most_faults(mutant):
    faults = Counter(row.failure for row in rows_of(mutant.broken) if row.failure)
    assert faults[mutant.stage] > faults.total() / 2 if mutant.stage else not faults


@each_mutant
def test_only_a_broken_promise_shuts_the_gate_without_a_baseline(mutant):
    assert bool(broken_promises(rows_of(mutant.broken))) == mutant.shuts


def test_a_bot_that_is_mended_is_better():
    mended = compare_rows(rows_of(always_refuses), sound_rows())
    assert not worsened(mended)
    assert verdicts(mended)["right"] == verdicts(mended)["false_refusal"] == "better"


@pytest.fixture
def accepted(tmp_path):
    """The sound run as the baseline."""
    identity = Identity("cited", "0" * 64, {}, "none", None, "none", "code")
    write_report(build_report(sound_rows(), identity, "seeds.jsonl"), tmp_path / "baseline.json")
    return tmp_path / "baseline.json"


@pytest.mark.parametrize("article", sorted(path.name for path in ARTICLES.iterdir()))
def test_the_loss_of_any_one_article_is_a_regression_though_too_few_articles_changed_for_a_test_of_all(
    accepted, article
):
    def loses_the_article(case: Case, answer: Answer) -> Answer:
        needed = any(sources == {article} for sources in case.sources.values())
        return finds_other_articles(case, answer) if needed else answer

    change = change_since(accepted, rows_of(loses_the_article))
    assert any(reason.startswith(f"right about {article} fell from") for reason in change.regressions)


def test_figures_that_no_case_has_any_more_are_a_regression(accepted):
    change = change_since(accepted, rows_of(where_answered(drops_citations)))
    assert any(reason.startswith("citations exact cannot be told any more") for reason in change.regressions)


def test_the_sound_run_is_no_regression(accepted):
    assert change_since(accepted, sound_rows()).regressions == ()


# The real pipeline, quoting its evidence


@dataclass(frozen=True)
class Broken:
    """The real pipeline with one stage broken: what must worsen, what may not move, and the stage to blame."""

    name: str
    stages: Callable[[Gatherer], Stages]
    worse: tuple[str, ...]
    same: tuple[str, ...]
    stage: Failure


def broken_gather(change: Callable[[Gathered], Gathered]) -> Callable[[Gatherer], Stages]:
    return lambda found: Stages(gather=lambda *asked: change(found(*asked)))


def broken_grounder(change: Callable[[Grounded], Grounded]) -> Callable[[Gatherer], Stages]:
    class Careless(Grounder):
        @property
        def grounded(self) -> Grounded:
            return change(super().grounded)

    return lambda found: Stages(gather=found, grounder=Careless)


def of_another_question(found: Gatherer) -> Stages:
    """The evidence of the question half the file away."""
    queries = [inquire(case.question, case.history).query for case in asked_cases()]
    other = dict(zip(queries, [*queries[len(queries) // 2 :], *queries], strict=False))
    return Stages(gather=lambda inquiry, *rest: found(replace(inquiry, query=other[inquiry.query]), *rest))


def without_sentences(found: Gathered) -> Gathered:
    return [], replace(found[1], sentences=())


def always_sure(found: Gathered) -> Gathered:
    return changed(found, lambda sentence: replace(sentence, score=1.0))


def one_off(found: Gathered) -> Gathered:
    return changed(found, lambda sentence: replace(sentence, start=sentence.start + 1, end=sentence.end + 1))


def changed(found: Gathered, change: Callable[[Sentence], Sentence]) -> Gathered:
    """What was found with every sentence changed."""
    sentences, evidence = found
    return list(map(change, sentences)), replace(evidence, sentences=tuple(map(change, evidence.sentences)))


def without_citations(grounded: Grounded) -> Grounded:
    return Grounded(tuple(replace(claim, citations=()) for claim in grounded.claims), ())


def with_wrong_numbers(grounded: Grounded) -> Grounded:
    return replace(grounded, claims=tuple(replace(claim, text=one_more(claim.text)) for claim in grounded.claims))


def of_the_next_article(grounded: Grounded) -> Grounded:
    """Each citation is the first paragraph of the article after the one it should be of."""
    names = list(texts())
    following = dict(zip(names, [*names[1:], names[0]], strict=True))
    return replace(grounded, citations=tuple(
        cited(paragraph(following[citation.source], 0), citation.number) for citation in grounded.citations))


SPANS = ("span@5", "span@10")
STAGES = (
    Broken("retrieves for another question", of_another_question,
           (*RIGHT, "citation_precision", *SPANS),
           ("error", "citation_exactness", "citation_validity", "citation_coverage"), "retrieval"),
    Broken("always refuses", broken_gather(without_sentences),
           ("answerable_right", "fact_recall", "false_refusal", "false_refusal_retrieved"),
           ("error", *SPANS), "refusal"),
    Broken("never refuses", broken_gather(always_sure), ("refusal_recall",),
           ("error", "citation_exactness", *SPANS), "refusal"),
    Broken("drops citations", broken_grounder(without_citations),
           ("citation_coverage", "citation_recall", "uncited_numbers"),
           (*RIGHT, "refusal_recall", "false_refusal", *SPANS), "citation"),
    Broken("shifts offsets by one", broken_gather(one_off), ("citation_exactness",),
           (*RIGHT, "refusal_recall", "false_refusal", "citation_precision", "citation_recall", *SPANS), "citation"),
    Broken("cites the next article", broken_grounder(of_the_next_article), ("citation_precision", "citation_recall"),
           (*RIGHT, "citation_exactness", "citation_validity", "citation_coverage", *SPANS), "citation"),
    Broken("gets numbers wrong", broken_grounder(with_wrong_numbers), ("fact_recall", "uncited_numbers"),
           ("refusal_recall", "false_refusal", "citation_exactness", "citation_recall", *SPANS), "reading"),
)


@functools.cache
def asked_cases() -> tuple[Case, ...]:
    """Some of the cases, to be quick: those with numbers, the must-pass ones, and enough to refuse."""
    kinds = {"number", "date", "name", "place", "multi", "off_topic", "absent"}
    return tuple(case for case in cases() if case.kind in kinds)


@pytest.fixture(scope="module")
def pipeline(minilm, tmp_path_factory):
    """Runs the cases through the pipeline with other stages; each query is searched for only once."""
    config = Config(home=tmp_path_factory.mktemp("home"), model="none")
    index = Index(ARTICLES, config, minilm)
    index.ensure(lambda progress: None)
    known: dict[str, Gathered] = {}

    def found(inquiry: Inquiry, snapshot: Snapshot, tools: Tools) -> Gathered:
        if inquiry.query not in known:
            known[inquiry.query] = gather(inquiry, snapshot, tools)
        return known[inquiry.query]

    @functools.cache
    def run(stages: Callable[[Gatherer], Stages]) -> list[Row]:
        bot = Chatbot(index, config, minilm, None, stages=stages(found))
        return run_cases(bot, asked_cases(), texts())

    yield run
    index.close()


def unbroken(found: Gatherer) -> Stages:
    return Stages(gather=found)


def test_the_unbroken_pipeline_is_mostly_right_and_always_exact(pipeline):
    figures = summarise(pipeline(unbroken))["metrics"]
    assert figures["right"]["mean"] > 0.5
    assert figures["span@10"]["mean"] > 0.8
    for name in ("citation_exactness", "citation_validity", "citation_coverage"):
        assert figures[name]["mean"] == 1, name


@pytest.mark.parametrize("broken", STAGES, ids=lambda broken: broken.name)
def test_a_broken_stage_of_the_pipeline_shows_and_is_blamed(pipeline, broken):
    before, after = pipeline(unbroken), pipeline(broken.stages)
    compared = compare_rows(before, after)
    metrics = {metric.name: metric for metric in METRICS}
    assert {name: direction(metrics[name], compared[name]) for name in broken.worse} == dict.fromkeys(
        broken.worse, "worse")
    assert {name: compared[name].difference for name in broken.same} == dict.fromkeys(broken.same, 0)
    faults = Counter(new.failure for old, new in zip(before, after, strict=True) if new.failure != old.failure)
    assert faults[broken.stage] > faults.total() / 2


@pytest.mark.parametrize("stages, promise", [
    (broken_gather(one_off), "a citation that is not exact"), (broken_gather(without_sentences), "must-pass case"),
    (broken_gather(always_sure), "must-pass case"),
])
def test_a_broken_stage_that_breaks_a_promise_shuts_the_gate(pipeline, stages, promise):
    new = set(broken_promises(pipeline(stages))) - set(broken_promises(pipeline(unbroken)))
    assert any(promise in reason for reason in new)
