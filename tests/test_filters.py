"""A question or a search may be about some articles only, by source and by day of publication."""

from __future__ import annotations

import unicodedata

import pytest

from rag import Chatbot, Filter, QuestionError, vectors
from rag.cli import main
from rag.index import Index
from tests.conftest import FakeEmbedder, FakeModel

DATED = "---\ndate: {day}\n---\n\nThe ferry Osprey carried {people} people to Northgate."


@pytest.fixture
def bot(tmp_path, config):
    folder = tmp_path / "articles"
    (folder / "old").mkdir(parents=True)
    for name, year, people in (("old/a.md", 2023, 100), ("b.md", 2024, 200), ("c.md", 2025, 300)):
        (folder / name).write_text(DATED.format(day=f"{year}-05-01", people=people), encoding="utf-8")
    (folder / "undated.txt").write_text("The ferry Osprey carried 400 people to Northgate.", encoding="utf-8")
    with Chatbot(Index(folder, config, FakeEmbedder()), config, FakeEmbedder(), None) as bot:
        bot.sync()
        yield bot


@pytest.mark.parametrize(
    ("only", "sources"),
    [
        (None, {"old/a.md", "b.md", "c.md", "undated.txt"}),
        (Filter(), {"old/a.md", "b.md", "c.md", "undated.txt"}),
        (Filter(since="2024-05-01"), {"b.md", "c.md"}),
        (Filter(until="2024-05-01"), {"old/a.md", "b.md"}),
        (Filter(since="2024-01-01", until="2024-12-31"), {"b.md"}),
        (Filter(("old/*",)), {"old/a.md"}),
        (Filter(("*.txt", "c.*")), {"undated.txt", "c.md"}),
        (Filter(("*.md",), since="2025-01-01"), {"c.md"}),
        (Filter(("nothing",)), set()),
    ],
)
def test_only_these_articles_are_searched(bot, only, sources):
    assert {passage.source for passage in bot.search("ferry Osprey", k=10, only=only)} == sources


def test_only_these_articles_answer_and_a_refusal_says_which_they_were(bot):
    answer = bot.ask("How many people did the ferry Osprey carry?", only=Filter(until="2023-12-31"))
    assert {citation.source for citation in answer.citations} == {"old/a.md"}
    assert {passage.source for passage in answer.passages} == {"old/a.md"}
    refused = bot.ask("How many people did the ferry Osprey carry?", only=Filter(("x*",), since="2024-01-01"))
    assert refused.status == "refused"
    assert refused.reason.endswith("Only articles from x*, since 2024-01-01 were looked at.")
    assert "were looked at" not in bot.ask("Who painted the ceiling?", only=Filter()).reason


def test_every_search_of_a_model_keeps_to_them(tmp_path, config, bot):
    model = FakeModel("It carried 300 people to Northgate.", yes=0.3)
    with Chatbot(Index(bot.corpus, config, FakeEmbedder()), config, FakeEmbedder(), model) as asked:
        asked.ask("How many people did the ferry Osprey carry?", only=Filter(("b.md",)))
    read = "\n".join(message.content for prompt in model.prompts for message in prompt)
    assert "200 people" in read
    assert not any(f"{people} people" in read for people in (100, 300, 400))


def test_a_filter_of_many_sources_is_said_in_few_words():
    assert str(Filter(tuple("abc"), until="2024-10-15")) == "articles from a or b or c, until 2024-10-15"
    assert str(Filter(tuple("abcdef"))) == "articles from a or b or c or 3 more"


@pytest.mark.parametrize("wrong", [{"since": "May 2024"}, {"until": "2024-13-01"}, {"since": "20240501"},
                                   {"since": "2025-01-01", "until": "2024-01-01"}])  # fmt: skip
def test_an_impossible_day_is_named(wrong):
    with pytest.raises(QuestionError, match="Write it as 2024-10-15|Swap the two"):
        Filter(**wrong)


def test_the_command_takes_them_and_misuse_is_one_line(capsys):
    assert main(["ask", "Who?", "--since", "yesterday"]) == 2
    assert capsys.readouterr().err == "cited: 'yesterday' is no day. Write it as 2024-10-15.\n"


def test_a_table_and_a_name_with_accents_are_found_by_their_file():
    assert Filter(("news.csv",)).allows("news.csv#2", None)
    assert Filter(("*.csv",)).allows("old/news.csv#12", None)
    assert not Filter(("news.csv",)).allows("old/news.csv#2", None)
    assert Filter(("Café*",)).allows(unicodedata.normalize("NFD", "Café.txt"), None)
    with pytest.raises(QuestionError, match="Write .'news/.',."):
        Filter("news/*")


def test_copies_of_other_articles_hide_none_that_is_wanted(tmp_path, config, minilm):
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "mine.txt").write_text("The council bought a lorry.", encoding="utf-8")
    for number in range(110):
        for copy in "ab":
            (folder / f"{number}{copy}.txt").write_text(f"A vehicle, number {number}, was sold.", encoding="utf-8")
    with Chatbot(Index(folder, config, minilm), config, minilm, None) as bot:
        bot.sync()
        assert [found.source for found in bot.search("vehicles", only=Filter(("mine.txt",)))] == ["mine.txt"]
        assert len(bot.search("vehicle", k=221)) == 221


def test_any_number_of_articles_may_be_wanted(tmp_path, config, monkeypatch):
    monkeypatch.setattr(vectors, "MOST_IDS", 3)
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number}.txt").write_text(f"Buoy {number} was seen.", encoding="utf-8")
    with Chatbot(Index(folder, config, FakeEmbedder()), config, FakeEmbedder(), None) as bot:
        bot.sync()
        found = bot.search("Buoy 7 was seen.", k=9, only=Filter(("[1-9].txt",)))
        assert found[0].source == "7.txt"
        assert len(found) == 9
