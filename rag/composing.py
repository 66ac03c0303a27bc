"""Evidence → a checked answer: the model reads, drafts and doubts, and reads further where that does not answer."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rag.ages import gives_age
from rag.answering import Drafting
from rag.clauses import affirms, opening, opens_plainly
from rag.context import in_context, one_by_one, read_on, surroundings, with_reasons
from rag.conversation import Inquiry
from rag.denial import polarity
from rag.differing import differing
from rag.doubt import asked_about, needed
from rag.evidence import FURTHER, MOST_READ, merged, nearest, repeats, sentences
from rag.expected import asks_why, asks_yes_or_no
from rag.fitting import fits
from rag.grounding import Grounded, split_claims
from rag.llm import LanguageModel
from rag.looks import Looks
from rag.prompts import ANSWER, DENYING, INSISTING
from rag.retrieval import ranked_chunk
from rag.roles import gives_asked, names_holder
from rag.snapshot import Snapshot
from rag.stages import DOUBTFUL, Checker, Gathered, Stages, Tools
from rag.text import terms
from rag.types import Citation, Claim, Event, Passage, Place, Sentence, Usage

# How much wider the second search is.
FURTHER_PASSAGES = 3
# Citations of a draft about which the model is asked: where twenty articles say the same, the first few tell.
MOST_CHECKED = 4
# Other articles of which the model is asked whether they tell a figure otherwise: each takes it a second.
MOST_DIFFERING = 2
MOST_GIVING = 2  # sentences that give an office asked for to somebody, or their age, and are read alone
# Characters from a citation to the chunks in which what stands around it is looked for: some paragraphs.
NEARBY = 2000


@dataclass(frozen=True, slots=True)
class _Reading:
    """What came of reading some excerpts.

    `drafted` is whether the model wrote an answer and is confident enough of it; it `stands` if its claims do as well.
    """

    confidence: float | None
    drafted: bool
    stands: bool
    grounded: Grounded


class Composing:
    """Answers one question from what was gathered for it.

    The model reads the few sentences nearest to the question. Where what it made of them is no answer or fails the
    check, the articles are searched once more, by a sentence that might answer.
    """

    def __init__(
        self, inquiry: Inquiry, found: Gathered, model: LanguageModel, snapshot: Snapshot, tools: Tools, stages: Stages
    ) -> None:
        self._inquiry = inquiry
        self._found = found
        self._model = model
        self._snapshot = snapshot
        self._idf = snapshot.lexical.idf
        self._tools = tools
        self._stages = stages
        self._looks = Looks(inquiry, model, self._idf, stages.sure)
        self._reading: _Reading | None = None
        self._doubted: list[_Reading] = []
        self._said = ""  # the Yes or No of a draft
        self.passages: tuple[Passage, ...] = found[1].passages
        self.read: list[Sentence] = []
        self.usage = Usage()

    @property
    def unsupported(self) -> bool:
        """Whether the model was confident of a draft of which no claim passed the check."""
        claims = self._reading.grounded.claims if self._reading and self._reading.drafted else ()
        return bool(claims) and all(claim.verdict == "unsupported" for claim in claims)

    @property
    def stands(self) -> bool:
        """Whether there is an answer."""
        return self._reading is not None and self._reading.stands

    @property
    def confidence(self) -> float | None:
        """How sure the model is, from 0 to 1; None if it cannot say."""
        return self._reading.confidence if self._reading else None

    @property
    def grounded(self) -> Grounded:
        """The claims of the answer, or else of the draft that failed the check."""
        told = self._reading is not None and (self.stands or self.unsupported)
        return self._reading.grounded if self._reading and told else Grounded((), ())

    def events(self) -> Generator[Event, None, None]:
        """Yield the draft's words, and new evidence where it reads further, which withdraws them."""
        found, evidence = self._found
        if not evidence.sentences:
            return
        first = last = yield from self._read(self._giving(found) or nearest(evidence.sentences), found)
        if not first.stands and (held := self._holder(found)):
            last = held
        elif not first.stands and self._is_hopeful(first):
            found, evidence = self._search_further()
            evidence = replace(evidence, sentences=evidence.sentences[:MOST_READ])
            if self._unread(evidence.sentences):
                self.passages = evidence.passages
                yield Event("evidence", passages=self.passages)
                last = yield from self._read(evidence.sentences, found)
        if not last.stands and self._doubted:
            last = replace(max(self._doubted, key=_sureness), stands=True)
        # Where neither stands, the surer one tells why.
        self._reading = last if last.stands else max(first, last, key=_sureness)
        if self.stands:
            self._quote_differing(found)
            self._open_plainly()

    def _giving(self, found: Sequence[Sentence]) -> tuple[Sentence, ...]:
        """Return the sentences that give an office asked for to somebody by another word, or their age; read alone.

        "Who is the leader of Ostra?" is answered by "Ostra's president A", and not by what is told of two leaders.
        """
        question = self._inquiry.standalone
        given = (s for s in found if gives_asked(question, s.text) or gives_age(question, s.text))
        return tuple(islice(given, MOST_GIVING))

    def _holder(self, found: Sequence[Sentence]) -> _Reading | None:
        """Quote the best sentence that names who holds the office asked for, where the model made nothing of it."""
        naming = [sentence for sentence in found if names_holder(self._inquiry.standalone, sentence.text)]
        if not naming:
            return None
        checker = self._checker(found)
        checker.quote(max(naming, key=lambda sentence: sentence.score))
        asked = asked_about(self._inquiry.standalone, checker.grounded.citations)
        return self._standing(self._looks.surety_of(asked), checker.grounded, found)

    def _read(
        self, excerpts: tuple[Sentence, ...], found: Sequence[Sentence]
    ) -> Generator[Event, None, _Reading]:
        """Let the model read some excerpts; yield its draft and return what came of it.

        Of the few sentences that come first P(yes) tells most: there the model is asked again where it is sure of them
        and yet wrote that the answer is not stated. A draft that fails the check or passes it only in part,
        for it repeats the words of a question that the articles word otherwise, gives way to the sentence that it was
        made of.
        """
        is_first = not self.read
        runs = read_on(in_context(excerpts, found), found) if is_first else [[sentence] for sentence in excerpts]
        if asks_why(self._inquiry.standalone):
            runs = with_reasons(runs, found)
        self.read += self._unread([sentence for run in runs for sentence in run])
        texts = [" ".join(sentence.text for sentence in run) for run in runs]
        drafting = yield from self._drafted(texts)
        if is_first and drafting.refuses and self._looks.surety_of(texts) >= self._stages.enough:
            yield Event("evidence", passages=self.passages)
            drafting = yield from self._drafted(texts, INSISTING)
        checker, claims = self._checker(found), self._claimed(drafting)
        self._said = opening(drafting.told) or self._said
        verdicts = [checker.add(claim).verdict for claim in claims]
        judged = None
        if "supported" in verdicts:
            judged = self._judged(drafting, texts, self._told(checker.grounded, found), found, self._stages.enough)
        if judged and judged.stands:
            return judged
        if asks_yes_or_no(self._inquiry.standalone):
            denied = yield from self._denied(texts, found)
            if told := denied or self._plainly(list(islice(one_by_one(runs), MOST_CHECKED)), claims, found):
                return told
        if judged:
            return judged
        checker.withdraw()
        failed = checker.grounded
        if _quoted(claims, excerpts, checker):
            quoted = self._judged(drafting, texts, checker.grounded, found, self._stages.sure)
            if quoted.stands:
                return quoted
        return self._judged(drafting, texts, failed, found, self._stages.sure)

    def _told(self, grounded: Grounded, found: Sequence[Sentence]) -> Grounded:
        """Return the claims; where they leave out what is asked for, the sentence that they cite if that has it."""
        question = self._inquiry.standalone
        said = " ".join(claim.text for claim in grounded.claims if claim.verdict != "unsupported")
        first = {citation.place for citation in grounded.citations[:1]}
        cited = next((sentence for sentence in found if sentence.place in first), None)
        if cited is None or fits(question, said) or not fits(question, cited.text):
            return grounded
        checker = self._checker(found)
        checker.quote(cited)
        return checker.grounded

    def _quote_differing(self, found: Sequence[Sentence]) -> None:
        """Add what other articles tell with another figure, under their titles, where the model is sure of it."""
        question, grounded = self._inquiry.standalone, self.grounded
        for sentence in islice(differing(question, grounded, found), MOST_DIFFERING):
            checker = self._checker(found)
            checker.quote(sentence, whose=sentence.title)
            if self._looks.surety_of(asked_about(question, checker.grounded.citations)) >= self._stages.differing:
                grounded = joined(grounded, checker.grounded)
        if self._reading:
            self._reading = replace(self._reading, grounded=grounded)

    def _open_plainly(self) -> None:
        """Put a Yes or No before an answer to a question for one that says neither, where the model is sure which.

        It must not have drafted the other one, but before what denies, to which it says Yes as well.
        """
        question, claims = self._inquiry.standalone, list(self.grounded.claims)
        first = next(n for n, claim in enumerate(claims) if claim.verdict != "unsupported")
        if not self._reading or not asks_yes_or_no(question) or opens_plainly(claims[first].text):
            return
        cited = [citation.quote for citation in self.grounded.citations[:MOST_CHECKED]]
        word = self._looks.plain_word(cited)
        if word == "No" and affirms(claims[first].text, question):
            return
        if word and (self._said in ("", word) or any(polarity(quote).denied for quote in cited)):
            claims[first] = replace(claims[first], text=f"{word}: {claims[first].text}")
            self._reading = replace(self._reading, grounded=replace(self.grounded, claims=tuple(claims)))

    def _judged(
        self, drafting: Drafting, read: Sequence[str], grounded: Grounded, found: Sequence[Sentence], enough: float
    ) -> _Reading:
        """Ask the model about what is cited, or of a draft without citations about what it read.

        Where it doubts that the citations answer, it is asked about what stands around them.
        """
        cited = grounded.citations[:MOST_CHECKED]
        confidence = self._looks.confidence_in(asked_about(self._inquiry.standalone, cited) if cited else read)
        drafted = not drafting.refuses and (confidence is None or confidence >= enough)
        least = self._needed(grounded, found, enough) if cited else None
        if least is None or confidence is None or confidence >= least:
            return _Reading(confidence, drafted, least is not None, grounded)
        if confidence >= DOUBTFUL and self._stages.around <= 1:
            around = self._looks.surety_of(self._around(cited))
            if around >= self._stages.around:
                return _Reading(around, True, True, grounded)
        doubted = _Reading(confidence, drafted, False, grounded)
        if confidence >= self._stages.at_last:
            self._doubted.append(doubted)
        return doubted

    def _around(self, cited: Sequence[Citation]) -> list[str]:
        written = _sentences_around(cited, self._snapshot)
        return surroundings(cited, [s for s in written if not repeats(self._inquiry.standalone, s.text)])

    def _needed(self, grounded: Grounded, found: Sequence[Sentence], enough: float) -> float | None:
        inquiry = self._inquiry
        topic = inquiry.query if inquiry.history else ""
        return needed(inquiry.standalone, grounded, found, self._idf, enough, topic)

    def _standing(self, confidence: float, grounded: Grounded, found: Sequence[Sentence]) -> _Reading | None:
        """Return the reading that what was checked makes with this confidence, if that is an answer."""
        least = self._needed(grounded, found, self._stages.sure)
        return _Reading(confidence, True, True, grounded) if least is not None and confidence >= least else None

    def _denied(self, texts: Sequence[str], found: Sequence[Sentence]) -> Generator[Event, None, _Reading | None]:
        """Have the model write a no where it finds that likelier than a yes; None if nothing supports it.

        Where it is worded unlike the articles, a sentence that denies the same is quoted instead.
        """
        confidence = 1 - self._looks.yes_in(texts)
        if confidence < self._stages.sure:
            return None
        yield Event("evidence", passages=self.passages)
        drafting = yield from self._drafted(texts, DENYING)
        checker, question = self._checker(found), self._inquiry.standalone
        claims = [claim for claim in self._claimed(drafting) if not affirms(claim, question)]
        if "supported" not in [checker.add(claim).verdict for claim in claims]:
            checker.withdraw()
            speaking = self._looks.speaking(self.read)
            for sentence in filter(None, (checker.denying(claim, speaking) for claim in claims[:1])):
                checker.quote(sentence)
        return self._standing(confidence, checker.grounded, found)

    def _plainly(
        self, read: Sequence[tuple[Sentence, str]], claims: Sequence[str], found: Sequence[Sentence]
    ) -> _Reading | None:
        """Quote a sentence that is a no to the model, or the one of which it is surest: a plain yes, or no yes."""
        checker = self._checker(found)
        quoted = self._looks.denial(read, found) or self._looks.surest(read, claims, checker)
        if quoted is None:
            return None
        confidence, sentence = quoted
        checker.quote(sentence)
        return self._standing(confidence, checker.grounded, found)

    def _drafted(self, texts: Sequence[str], task: str = ANSWER) -> Generator[Event, None, Drafting]:
        """Yield the words of a draft as they are written and return it."""
        drafting = Drafting(
            self._model, self._inquiry.standalone, texts, self._inquiry.history,
            self._tools.config.max_answer_tokens, task,
        )  # fmt: skip
        for piece in drafting:
            yield Event("token", text=piece)
        self.usage += drafting.usage
        return drafting

    def _claimed(self, drafting: Drafting) -> Sequence[str]:
        return () if drafting.refuses else split_claims(drafting.told, self._inquiry.standalone)

    def _unread(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        known = {sentence.place for sentence in self.read}
        return [sentence for sentence in sentences if sentence.place not in known]

    def _is_hopeful(self, reading: _Reading) -> bool:
        return reading.confidence is None or reading.confidence >= self._stages.hopeless

    def _search_further(self) -> Gathered:
        """Return what is found by the question and a sentence that might answer it, and what was found before."""
        expanded, usage = self._stages.expand(self._inquiry.query, self._model)
        self.usage += usage
        inquiry = replace(self._inquiry, query=f"{self._inquiry.query} {expanded}")
        config = replace(self._tools.config, passages=FURTHER_PASSAGES * self._tools.config.passages)
        tools = replace(self._tools, config=config, search=FURTHER)
        found, evidence = self._stages.gather(inquiry, self._snapshot, tools)
        known = {sentence.place for sentence in found}
        earlier = [sentence for sentence in self._found[0] if sentence.place not in known]
        return [*found, *earlier], merged(evidence, self._found[1])

    def _checker(self, sentences: Sequence[Sentence]) -> Checker:
        return self._stages.grounder(self._inquiry.standalone, sentences, self._idf)


def _quoted(claims: Sequence[str], read: Sequence[Sentence], checker: Checker) -> bool:
    """Quote the sentences that tell what failed claims add to their question; tell whether there are any."""
    telling = {sentence.place: sentence for claim in claims for sentence in checker.telling(claim, read)}
    for sentence in telling.values():
        checker.quote(sentence)
    return bool(telling)


def _sentences_around(cited: Sequence[Citation], snapshot: Snapshot) -> list[Sentence]:
    """Return the sentences that may stand around what is cited, retrieved or not; of orders planted there, none."""
    near = (
        chunk
        for source in dict.fromkeys(citation.source for citation in cited)
        for chunk in snapshot.store.chunks_of(source)
        if any(c.source == source and chunk.start - NEARBY < c.end and c.start < chunk.end + NEARBY for c in cited)
    )
    return [sentence for chunk in near for sentence in sentences(ranked_chunk(snapshot, chunk, 0.0))]


def _sureness(reading: _Reading) -> tuple[bool, float]:
    return reading.drafted, reading.confidence or 0.0


def joined(one: Grounded, other: Grounded) -> Grounded:
    """Return the claims of both, with the citations numbered as they first appear.

    A claim said twice is left out, unless it is supported only the second time, and so is one of which another that
    cites the same says every word.
    """
    citations = {citation.place: citation for citation in one.citations}
    numbers: dict[int, int] = {}
    claims = list(one.claims)
    for claim in other.claims:
        fails = claim.verdict == "unsupported"
        if claim.text in {said.text for said in claims if fails or said.verdict != "unsupported"}:
            continue
        cited = [citation for citation in other.citations if citation.number in claim.citations]
        places = {citation.place for citation in cited}
        if cited and any(_says(said, claim) and places <= _places(said, citations) for said in claims):
            continue
        for citation in cited:
            citations.setdefault(citation.place, replace(citation, number=len(citations) + 1))
            numbers[citation.number] = citations[citation.place].number
        claims.append(replace(claim, citations=tuple(sorted(numbers[number] for number in claim.citations))))
    return Grounded(tuple(claims), tuple(citations.values()))


def _says(said: Claim, claim: Claim) -> bool:
    """Tell whether a claim that stands has every content word of another."""
    return said.verdict == "supported" and {*terms(claim.text)} <= {*terms(said.text)}


def _places(claim: Claim, citations: Mapping[Place, Citation]) -> set[Place]:
    return {place for place, citation in citations.items() if citation.number in claim.citations}
