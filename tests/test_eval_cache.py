"""Replies of a language model are kept by model, prompt and limit, and replayed with their times."""

import sqlite3
from contextlib import closing

import pytest

from eval.cache import Cache, CachedModel
from eval.pipelines import Timed
from rag.errors import ModelError, StoreError
from rag.llm import Message
from rag.remote import RemoteModel
from rag.types import Answer, Timings, Usage

ASKED = [Message("user", "Who leads?")]


class Typing:
    """A generation that writes two words, or fails after the first."""

    def __init__(self, fails):
        self.fails, self.usage, self.closed = fails, None, False

    def __iter__(self):
        yield "Lai "
        if self.fails:
            raise ModelError("it broke")
        yield "leads."
        self.usage = Usage(7, 2)

    def close(self):
        self.closed = True


class Model:
    """Counts what it is asked."""

    address = None

    def __init__(self, name="m", digest="d", fails=False):
        self.name, self.digest, self.fails, self.asked, self.closed = name, digest, fails, 0, False

    def generate(self, messages, *, max_tokens):
        self.asked += 1
        return Typing(self.fails)

    def yes_probability(self, messages):
        self.asked += 1
        return 0.75

    def warm(self):
        pass

    def close(self):
        self.closed = True


@pytest.fixture
def path(tmp_path):
    return tmp_path / "eval" / "replies.sqlite"


def written(cached, messages=ASKED, max_tokens=10):
    generation = cached.generate(messages, max_tokens=max_tokens)
    return "".join(generation), generation.usage


def test_the_same_question_is_asked_once_even_by_another_run(path):
    first, second = Model(), Model()
    assert written(CachedModel(first, Cache(path))) == ("Lai leads.", Usage(7, 2))
    again = CachedModel(second, Cache(path))
    assert written(again) == ("Lai leads.", Usage(7, 2))
    assert (first.asked, second.asked) == (1, 0)
    assert again.spared.total >= again.spared.first > 0


def test_the_probability_of_yes_is_kept_too_and_apart_from_the_draft(path):
    model = Model()
    cached = CachedModel(model, Cache(path))
    assert [cached.yes_probability(ASKED), cached.yes_probability(ASKED)] == [0.75, 0.75]
    written(cached)
    assert model.asked == 2


@pytest.mark.parametrize(
    ("model", "messages", "max_tokens"),
    [(Model(name="other"), ASKED, 10), (Model(digest="other"), ASKED, 10), (Model(), [Message("user", "Who?")], 10),
     (Model(), [Message("system", "Who leads?")], 10), (Model(), ASKED, 11)],
    ids=["another model", "another file", "another prompt", "another role", "another limit"],
)
def test_whatever_a_reply_depends_on_is_asked_anew(path, model, messages, max_tokens):
    written(CachedModel(Model(), Cache(path)))
    written(CachedModel(model, Cache(path)), messages, max_tokens)
    assert model.asked == 1


def test_two_models_of_one_host_are_told_apart(path):
    models = [RemoteModel(*where, None) for where in (
        ("openai", "m", "http://gw:8000/team-a/v1"), ("openai", "m", "http://gw:8000/team-b/v1"),
        ("anthropic", "m", "http://gw:8000/team-a/v1"), ("openai", "m", "http://me:secret@gw:8000/team-a/v1"),
    )]
    keys = [CachedModel(model, Cache(path))._key("yes", ASKED, 1) for model in models]
    assert len(set(keys)) == 3 and keys[0] == keys[3]


def test_a_model_without_a_digest_of_its_own_is_told_apart_by_the_one_given(path):
    written(CachedModel(Model(digest=None), Cache(path), "one"))
    other = Model(digest=None)
    written(CachedModel(other, Cache(path), "two"))
    assert other.asked == 1


def test_what_failed_or_was_stopped_is_not_kept(path):
    with pytest.raises(ModelError):
        written(CachedModel(Model(fails=True), Cache(path)))
    stopped = CachedModel(Model(), Cache(path)).generate(ASKED, max_tokens=10)
    assert next(iter(stopped)) == "Lai "
    stopped.close()
    model = Model()
    written(CachedModel(model, Cache(path)))
    assert model.asked == 1


def test_a_damaged_file_is_an_error_that_says_what_to_do(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match=r"replies\.sqlite cannot be used: .* Delete the file"):
        Cache(path)


def test_a_damaged_reply_is_an_error_too(path):
    cached = CachedModel(Model(), Cache(path))
    written(cached)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE replies SET reply = '{'")
    with pytest.raises(StoreError, match="Delete the file"):
        written(cached)


def test_closing_frees_the_model(path):
    model = Model()
    CachedModel(model, Cache(path)).close()
    assert model.closed


def test_a_replayed_answer_carries_the_times_of_its_first_asking(path):
    model = CachedModel(Model(), Cache(path))

    class Replaying:
        def ask(self, question, history=()):
            text, _ = written(model)
            return Answer(question, "answered", text, timings=Timings(0.1, 0.2, 0.3))

    bot = Timed(Replaying(), model)
    assert bot.ask("Who leads?").timings == Timings(0.1, 0.2, 0.3)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE replies SET reply = json_set(reply, '$.first', 2, '$.total', 3)")
    assert bot.ask("Who leads?").timings == Timings(0.1, 2.2, 3.3)
