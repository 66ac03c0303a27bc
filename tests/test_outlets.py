"""A question that names a paper is asked of its articles; whoever else says something is no paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Config
from rag.outlets import told
from tests.conftest import FakeModel
from tests.test_chat import opened

TIMES = "c.txt"
COURIER, HERALD, WIRE = "night/a.txt", "valley_herald.txt", "d.txt"
OPENINGS = {
    COURIER: "Quill sold\n\nBy Ada Norr, Lund Courier\nLund, 3 May 2021\n\nThe toll, said Per Quill, is 12 crowns.",
    TIMES: "Talks\n\nLund Times, Monday, 3 May 2021. By our editor\n\nOn May 4 Ida Holm left.\nBy May 5 Tom Reed won.\n"
    "Ida Holm and Tom Reed in Lund, May 2020\nIt may rain, Tom Reed feared",
    WIRE: "Toll up\n\nLUND, May 3 (Visby News Agency) - The toll on the bridge over the Lund will be 14 crowns "
    "from Friday on, officials (of the city) - not of the state - said.",
    HERALD: "The Quill affair\n\nNobody knew what Courier Street would cost.",
}  # fmt: skip


@pytest.mark.parametrize(("question", "asked", "sources"), [
    ("How high is the toll, according to the Courier?", "How high is the toll?", (COURIER,)),
    ("According to the Lund Courier, how high is the toll?", "How high is the toll?", (COURIER,)),
    ("What does the Times say about the toll?", "What is said about the toll?", (TIMES,)),
    ("What does the Herald say about the toll?", "What is said about the toll?", (HERALD,)),
    ("What does Ada Norr say about the toll?", "What is said about the toll?", (COURIER,)),
    ("Do the Herald and the Courier agree on the toll?", "Do the articles agree on the toll?", (HERALD, COURIER)),
    ("How do the Visby News Agency and the Courier differ on the toll?", "How do the articles differ on the toll?",
     (WIRE, COURIER)),
    ("Compare the tolls given by the Courier and the Herald.", "Compare the tolls according to the various articles.",
     (COURIER, HERALD)),
    ("How high is it according to the Courier and according to the Herald?",
     "How high is it according to the various articles?", (COURIER, HERALD)),
])  # fmt: skip
def test_a_paper_is_told_by_its_byline_or_its_file(question: str, asked: str, sources: tuple[str, ...]) -> None:
    found = told(question, OPENINGS)
    assert found and found.question == asked and found.sources == set(sources)
    assert found.silent([COURIER]) == [name for name, of in found.papers if COURIER not in of]


@pytest.mark.parametrize("question", [
    "What does Quill say about the toll?",  # in the headline and the text
    "What does Herald say about the toll?",
    "What did Ida Holm say about the toll?",  # in a sentence and a caption with a date
    "What did Tom Reed say about the toll?",
    "Do the Herald and the Tribune agree on the toll?",
    "How high is the toll on Courier Street?",
    "How high is the toll, according to Per Quill?",
    "How high is the toll?",
])  # fmt: skip
def test_nobody_else_is_a_paper(question: str) -> None:
    assert told(question, OPENINGS) is None


def test_the_articles_of_others_are_not_looked_at(tmp_path: Path, config: Config) -> None:
    corpus = tmp_path / "papers"
    corpus.mkdir()
    for name, toll in (("courier.txt", "12 crowns"), ("herald.txt", "15 crowns")):
        (corpus / name).write_text(f"The toll on the Ostra bridge\n\nThe toll on the Ostra bridge is {toll}.\n")
    with opened(corpus, config, FakeModel("The toll on the Ostra bridge is 15 crowns.")) as bot:
        answer = bot.ask("How high is the toll on the Ostra bridge, according to the Herald?")
        assert {citation.source for citation in answer.citations} == {"herald.txt"}
        refused = bot.ask("How high is the toll on the Ostra bridge, according to the Courier?")
        assert refused.status == "refused"
        assert "Only articles from courier.txt were looked at." in (refused.reason or "")
        both = bot.ask("Do the Courier and the Herald agree on the toll on the Ostra bridge?")
        assert {citation.source for citation in both.citations} == {"courier.txt", "herald.txt"}
        assert both.notice is None
        labels = {claim.text.partition(": “")[0] for claim in both.claims}
        assert labels == {"The Courier", "The Herald"}
        (corpus / "tribune.txt").write_text("The tribune\n\nThe tribune of the stadium on Elm Street holds 300.\n")
        bot.sync()
        one = bot.ask("Do the Courier and the Tribune agree on the toll on the Ostra bridge?")
        assert {citation.source for citation in one.citations} == {"courier.txt"}
        assert one.notice == "Nothing on this was found in the Tribune."
        assert answer.standalone is refused.standalone is both.standalone is None
