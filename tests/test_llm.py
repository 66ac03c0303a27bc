"""Which language model, and what LlamaIndex's and Cited's models make of each other."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from llama_index.core import MockEmbedding, Settings
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata
from llama_index.core.llms import LLM, CustomLLM, MockLLM

from rag import llm as llm_module
from rag import models
from rag.adapters import CitedEmbedding, CitedLLM, as_embedder, as_embedding, as_language_model, as_llm
from rag.config import Config
from rag.errors import ModelError
from rag.foreign import LlamaIndexEmbedder, LlamaIndexModel
from rag.llm import Message, describe, is_loopback, load_language_model, yes_share
from rag.remote import explained
from rag.tokens import count_tokens
from rag.types import Usage
from tests.conftest import FakeEmbedder, FakeModel

QUESTION = [Message("system", "Be brief."), Message("user", "Who supplies the shells?")]


class ChatServer(ThreadingHTTPServer):
    """Speaks the OpenAI and the Anthropic protocol; `requests` records what came, `cut` whether a client hung up."""

    daemon_threads = True
    words = ("North ", "Korea", ".")
    status = 200
    logprobs = ("Yes", -0.1), (" no", -2.4)
    endless = False
    finish = None

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ChatHandler)
        self.requests = []
        self.cut = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    def config(self, model="openai:tiny", **settings):
        return Config(model=model, base_url=self.url, **settings)


class ChatHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        if self.server.status != 200:
            self.send({"error": {"message": "a\nlong story", "type": "t"}}, self.server.status)
        elif self.path.endswith("/messages"):
            self.stream(self.anthropic_events())
        elif body.get("stream"):
            self.stream(self.openai_events(body))
        else:
            self.send(self.openai_answer(body))

    def send(self, answer, status=200):
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def stream(self, events):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            for event in events:
                self.wfile.write(event.encode())
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            self.server.cut.set()

    def openai_events(self, body):
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tiny"}
        while True:
            for word in self.server.words:
                delta = {"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None}
                yield f"data: {json.dumps({**chunk, 'choices': [delta]})}\n\n"
            if not self.server.endless:
                break
        if self.server.finish:
            end = {"index": 0, "delta": {}, "finish_reason": self.server.finish}
            yield f"data: {json.dumps({**chunk, 'choices': [end]})}\n\n"
        if body.get("stream_options", {}).get("include_usage"):
            usage = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
            yield f"data: {json.dumps({**chunk, 'choices': [], 'usage': usage})}\n\n"
        yield "data: [DONE]\n\n"

    def openai_answer(self, body):
        top = [{"token": token, "logprob": p, "bytes": None} for token, p in self.server.logprobs]
        choice = {"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": "Yes"}}
        if body.get("logprobs"):
            choice["logprobs"] = {"content": [{**top[0], "top_logprobs": top}]}
        return {"id": "1", "object": "chat.completion", "created": 1, "model": "tiny", "choices": [choice]}

    def anthropic_events(self):
        usage = {"input_tokens": 12, "output_tokens": 1}
        message = {"id": "1", "type": "message", "role": "assistant", "content": [], "model": "claude",
                   "stop_reason": None, "stop_sequence": None, "usage": usage}
        events = [{"type": "message_start", "message": message},
                  {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}]
        events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
                   for word in self.server.words]
        events += [{"type": "content_block_stop", "index": 0},
                   {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                    "usage": {"output_tokens": 4}},
                   {"type": "message_stop"}]
        for event in events:
            yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with ChatServer() as chat_server:
        thread = threading.Thread(target=chat_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield chat_server
        chat_server.shutdown()
        thread.join()


@contextmanager
def loaded(config):
    model = load_language_model(config)
    try:
        yield model
    finally:
        model.close()


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(models, "installed_gguf", lambda home=None: False)
    monkeypatch.setattr(llm_module, "_installed", lambda distribution: False)


# Which model


def test_none_is_no_model():
    assert load_language_model(Config(model="none")) is None
    assert describe(Config(model="none")).name is None


def test_auto_is_no_model_where_none_is_installed(nothing_installed):
    assert load_language_model(Config()) is None
    assert describe(Config()) == llm_module.Description(None)


def test_local_has_to_be_installed(nothing_installed):
    with pytest.raises(ModelError, match=r"pip install 'cited\[local\]'"):
        load_language_model(Config(model="local"))
    assert "cited[local]" in describe(Config(model="local")).problem


def test_auto_takes_the_local_model_if_it_is_installed(monkeypatch, tmp_path):
    path = tmp_path / "mine.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setattr(models, "runtime_installed", lambda: True)
    model = load_language_model(Config(home=tmp_path, model_path=path))
    assert (model.name, model.digest, model.address) == ("mine", None, None)


@pytest.mark.parametrize(
    ("model", "extra"), [("openai:x", "openai"), ("ollama:x", "openai"), ("anthropic:x", "anthropic")]
)
def test_a_missing_extra_names_its_command(nothing_installed, model, extra):
    with pytest.raises(ModelError, match=rf"pip install 'cited\[{extra}\]'"):
        load_language_model(Config(model=model, api_key="k"))


@pytest.mark.parametrize(("model", "variable"), [("openai:x", "OPENAI_API_KEY"), ("anthropic:x", "ANTHROPIC_API_KEY")])
def test_a_missing_key_names_its_variables(monkeypatch, model, variable):
    monkeypatch.setenv(variable, "sk-only-config-may-read-it")
    with pytest.raises(ModelError, match=f"CITED_API_KEY or {variable}"):
        load_language_model(Config(model=model))


def test_a_server_on_this_machine_needs_no_key():
    assert describe(Config(model="openai:x", base_url="http://127.0.0.1:8000/v1")).problem is None


def test_an_address_that_is_none_is_refused():
    with pytest.raises(ModelError, match="CITED_BASE_URL"):
        load_language_model(Config(model="ollama:x", base_url="localhost:11434"))


@pytest.mark.parametrize(
    ("model", "address"),
    [("openai:gpt-4o", "api.openai.com"), ("anthropic:c", "api.anthropic.com"), ("ollama:q", "localhost:11434")],
)
def test_the_description_tells_every_address(model, address):
    assert describe(Config(model=model, api_key="k")).addresses == (address,)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [("http://localhost:1", True), ("http://127.9.9.9", True), ("http://[::1]:80/v1", True),
     ("https://localhost.evil.com", False), ("http://10.0.0.1", False), ("nonsense", False)],
)
def test_only_this_machine_is_loopback(url, loopback):
    assert is_loopback(url) is loopback


# OpenAI-compatible servers


@pytest.mark.parametrize("model", ["openai:tiny", "ollama:tiny"])
def test_an_answer_streams_with_the_servers_own_count_of_tokens(server, model):
    with loaded(server.config(model)) as tiny:
        generation = tiny.generate(QUESTION, max_tokens=20)
        assert list(generation) == ["North ", "Korea", "."]
        assert generation.usage == Usage(11, 3)
        assert (tiny.name, tiny.address) == ("tiny", f"127.0.0.1:{server.server_port}")
    path, _, body = server.requests[0]
    assert path == "/v1/chat/completions"
    assert (body["temperature"], body["max_tokens"]) == (0, 20)
    assert body["messages"] == [{"role": "system", "content": "Be brief."},
                                {"role": "user", "content": "Who supplies the shells?"}]


def test_nothing_of_the_environment_reaches_the_server(server, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "secret-of-another")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with loaded(server.config()) as tiny:
        assert list(tiny.generate(QUESTION, max_tokens=5))
    assert "secret-of-another" not in str(server.requests)


def test_closing_a_generation_hangs_up(server):
    server.endless = True
    with loaded(server.config()) as tiny:
        generation = tiny.generate(QUESTION, max_tokens=100_000)
        assert next(iter(generation)) == "North "
        generation.close()
        assert server.cut.wait(5)
        assert generation.usage is not None


def test_a_model_that_was_closed_says_so(server):
    server.endless = True
    with loaded(server.config()) as tiny:
        generation = iter(tiny.generate(QUESTION, max_tokens=100_000))
        assert next(generation) == "North "
        tiny.close()
        with pytest.raises(ModelError, match="tiny has been closed"):
            list(generation)
        with pytest.raises(ModelError, match="tiny has been closed"):
            tiny.yes_probability(QUESTION)


def test_a_server_that_knows_no_limit_is_cut_off(server):
    server.endless = True
    with loaded(server.config()) as tiny:
        assert 20 <= len(list(tiny.generate(QUESTION, max_tokens=20))) < 60
        assert server.cut.wait(5)


def test_yes_and_no_are_weighed_by_the_servers_probabilities(server):
    with loaded(server.config()) as tiny:
        assert tiny.yes_probability(QUESTION) == pytest.approx(0.909, abs=0.001)
    assert server.requests[0][2]["max_tokens"] == 1


@pytest.mark.parametrize("status", [400, 403, 501])
def test_a_server_without_probabilities_is_asked_once(server, monkeypatch, status):
    monkeypatch.setattr("rag.remote.RETRIES", 0)
    server.status = status
    with loaded(server.config()) as tiny:
        assert tiny.yes_probability(QUESTION) is None
        assert tiny.yes_probability(QUESTION) is None
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "message"),
    [(401, "CITED_API_KEY"), (404, "CITED_MODEL"), (429, "quota"), (500, "HTTP 500"), (400, "long story")],
)
def test_what_a_server_refuses_is_one_line_with_what_to_do(server, monkeypatch, status, message):
    monkeypatch.setattr("rag.remote.RETRIES", 0)
    server.status = status
    with loaded(server.config()) as tiny, pytest.raises(ModelError, match=message) as caught:
        list(tiny.generate(QUESTION, max_tokens=5))
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is not None


def test_a_server_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr("rag.remote.RETRIES", 0)
    with loaded(Config(model="ollama:x", base_url="http://127.0.0.1:9/v1")) as absent:
        with pytest.raises(ModelError, match="at 127.0.0.1:9 cannot be reached.*CITED_BASE_URL"):
            list(absent.generate(QUESTION, max_tokens=5))
        with pytest.raises(ModelError, match="cannot be reached"):
            absent.yes_probability(QUESTION)


@pytest.mark.parametrize(
    "message",
    ["This model's maximum context length is 2048 tokens.", "request (2100 tokens) exceeds the available context size"],
)
def test_a_context_that_is_too_small_says_what_to_do(message):
    assert "larger context" in explained(ValueError(message), "x", None)


def test_a_timeout_says_how_long_was_waited():
    class ReadTimeout(Exception):
        pass

    assert "60 seconds" in explained(ReadTimeout(), "x", None)


def test_openais_reasoning_models_get_room_to_think_and_no_temperature():
    from rag.remote import _openai, _reasoning_limit

    for url in (llm_module.OPENAI_URL, llm_module.OPENAI_URL + "/"):
        arguments = _openai("gpt-5-mini", url, "k")._get_model_kwargs(**_reasoning_limit(100))
        assert arguments["max_completion_tokens"] == 4196
        assert "max_tokens" not in arguments
        assert not isinstance(arguments["temperature"], float)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["<thi", "nk>North? ", "Or", "</think>", "\n\nNorth ", "Korea."], ["North ", "Korea."]),
        (["\n<think>Hm</think>North Korea."], ["North Korea."]),
        (["North ", "<think>"], ["North ", "<think>"]),
        (["<", "th"], ["<th"]),
    ],
)
def test_what_a_model_thinks_aloud_is_no_part_of_its_answer(server, words, said):
    server.words = words
    with loaded(server.config()) as tiny:
        assert list(tiny.generate(QUESTION, max_tokens=20)) == said


@pytest.mark.parametrize(("words", "finish"), [(["<think>North? "], None), (["", ""], "length")])
def test_a_model_that_thinks_is_given_room_for_it(server, monkeypatch, words, finish):
    server.words, server.finish = words, finish

    def think_enough(handler, body):
        if body["max_tokens"] > 4000:
            server.words, server.finish = ["North Korea."], "stop"
        return answer(handler, body)

    answer = ChatHandler.openai_events
    monkeypatch.setattr(ChatHandler, "openai_events", think_enough)
    with loaded(server.config()) as thinker:
        generation, another = (thinker.generate(QUESTION, max_tokens=20) for _ in range(2))
        assert list(generation) == ["North Korea."]
        assert generation.usage == Usage(22, 6)
        assert list(another) == ["North Korea."]
        assert thinker.yes_probability(QUESTION) is None
        assert list(thinker.generate(QUESTION, max_tokens=20)) == ["North Korea."]
    assert [body["max_tokens"] for _, _, body in server.requests] == [20, 4116, 4116, 4116]


def test_all_who_ask_at_once_are_given_room(server, monkeypatch):
    together = threading.Barrier(2)

    def think(handler, body):
        if body["max_tokens"] == 20:
            together.wait(5)
        with one_at_a_time:
            server.words, server.finish = (["Korea."], "stop") if body["max_tokens"] > 20 else (["<think>"], "length")
            return list(answer(handler, body))

    one_at_a_time, answer, replies = threading.Lock(), ChatHandler.openai_events, []
    monkeypatch.setattr(ChatHandler, "openai_events", think)
    with loaded(server.config()) as thinker:
        thinker.wrapped()

        def ask():
            replies.append(list(thinker.generate(QUESTION, max_tokens=20)))

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert replies == [["Korea."], ["Korea."]]


def test_a_model_that_only_thinks_is_an_error_and_no_refusal(server):
    server.words, server.finish = ["<think>North? "], "length"
    with loaded(server.config()) as thinker, pytest.raises(ModelError, match="wrote no answer. Set CITED_MODEL"):
        list(thinker.generate(QUESTION, max_tokens=20))


def test_a_model_that_llamaindex_cannot_use_is_a_model_error():
    with loaded(Config(model="openai:gpt-5.2-pro", api_key="k")) as model, pytest.raises(ModelError, match="Responses"):
        model.generate(QUESTION, max_tokens=5)


def test_anthropic_streams_with_its_own_count_of_tokens(server):
    with loaded(Config(model="anthropic:claude-x", base_url=server.url.removesuffix("/v1"), api_key="k")) as claude:
        generation = claude.generate(QUESTION, max_tokens=9)
        assert "".join(generation) == "North Korea."
        assert generation.usage == Usage(12, 4)
        assert claude.yes_probability(QUESTION) is None
    path, _, body = server.requests[0]
    assert (path, body["model"], body["max_tokens"]) == ("/v1/messages", "claude-x", 9)
    assert "Be brief." in str(body["system"])


# Any LlamaIndex LLM as Cited's


class Plain(CustomLLM):
    """Has `complete` only."""

    reply: str = "plain"

    @property
    def metadata(self):
        return LLMMetadata(model_name="plain")

    def complete(self, prompt, formatted=False, **kwargs):
        return CompletionResponse(text=self.reply, raw={"usage": {"input_tokens": 5, "output_tokens": 1}})

    def stream_complete(self, prompt, formatted=False, **kwargs):
        raise NotImplementedError


class Cumulative(Plain):
    """Streams without deltas."""

    def stream_chat(self, messages, **kwargs):
        for text in ("One", "One two", "One two"):
            yield ChatResponse(message=ChatMessage(role="assistant", content=text))


class Broken(Plain):
    def stream_chat(self, messages, **kwargs):
        yield ChatResponse(message=ChatMessage(role="assistant", content="a"), delta="a")
        raise RuntimeError("first\nsecond")


def test_any_llm_streams_and_its_tokens_are_counted_here():
    model = as_language_model(MockLLM(max_tokens=4))
    generation = model.generate(QUESTION, max_tokens=100)
    assert generation.usage is None
    assert "".join(generation) == "text text text text"
    assert generation.usage == Usage(count_tokens("Be brief.\nWho supplies the shells?"), 4)


def test_an_llm_that_cannot_stream_answers_in_one_piece():
    generation = as_language_model(Plain()).generate(QUESTION, max_tokens=9)
    assert list(generation) == ["plain"]
    assert generation.usage == Usage(5, 1)


def test_an_llm_without_deltas_is_streamed_by_what_is_new():
    assert list(as_language_model(Cumulative()).generate(QUESTION, max_tokens=9)) == ["One", " two"]


def test_an_llm_that_fails_is_a_model_error_with_its_cause():
    with pytest.raises(ModelError, match="plain failed: RuntimeError: first second") as caught:
        list(as_language_model(Broken()).generate(QUESTION, max_tokens=9))
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_an_llm_goes_no_further_than_asked():
    assert len(list(as_language_model(MockLLM(max_tokens=50)).generate(QUESTION, max_tokens=7))) == 7


def test_a_generation_never_started_can_be_closed():
    generation = as_language_model(MockLLM()).generate(QUESTION, max_tokens=7)
    generation.close()
    assert list(generation) == []
    assert generation.usage.tokens_out == 0


def test_an_llm_without_probabilities_tells_none():
    assert as_language_model(MockLLM()).yes_probability(QUESTION) is None


# Cited's models as LlamaIndex objects


def test_cited_models_are_llamaindex_objects():
    llm = as_llm(FakeModel("One two.", "One two.", "Three.", "Four."))
    assert isinstance(llm, LLM)
    assert llm.complete("Hello").text.strip() == "One two."
    assert [response.delta for response in llm.stream_complete("Hello")] == ["One ", "two. "]
    chat = [ChatMessage(role="developer", content="Be brief."), ChatMessage(role="user", content="Hello")]
    assert llm.chat(chat).message.content.strip() == "Three."
    assert [response.message.content for response in llm.stream_chat(chat)] == ["Four. "]
    assert llm.model.prompts[2] == [Message("system", "Be brief."), Message("user", "Hello")]
    assert (llm.metadata.model_name, llm.metadata.is_chat_model) == ("fake", True)


def test_an_abandoned_stream_stops_the_model():
    model = FakeModel("One two three.")
    stream = as_llm(model).stream_complete("Hello")
    next(stream)
    del stream
    assert model.generations[0].stopped


def test_nothing_is_wrapped_twice(server):
    fake, mock, embedder, base = FakeModel(), MockLLM(), FakeEmbedder(), MockEmbedding(3)
    assert as_language_model(as_llm(fake)) is fake
    assert as_llm(as_language_model(mock)) is mock
    assert as_embedder(as_embedding(embedder)) is embedder
    assert as_embedding(as_embedder(base)) is base
    with loaded(server.config()) as remote:
        assert as_llm(remote).class_name() == "OpenAILike"


def test_settings_stay_untouched():
    CitedLLM(FakeModel())
    LlamaIndexModel(MockLLM())
    CitedEmbedding(FakeEmbedder())
    LlamaIndexEmbedder(MockEmbedding(3)).embed(["a"])
    assert (Settings._llm, Settings._embed_model) == (None, None)


def test_a_cited_embedder_is_a_llamaindex_embedding_model():
    embedding = as_embedding(FakeEmbedder())
    assert embedding.get_text_embedding("a b") == pytest.approx(embedding.get_query_embedding("a b"))
    assert np.shape(embedding.get_text_embedding_batch(["a", "b"])) == (2, 16)
    assert embedding.model_name == "fake@1"


async def _async_embedding():
    return await as_embedding(FakeEmbedder()).aget_query_embedding("a")


def test_it_can_be_asked_asynchronously():
    import asyncio

    assert len(asyncio.run(_async_embedding())) == 16


# Any LlamaIndex embedding model as Cited's


class Vectors(MockEmbedding):
    """Gives the vectors it is told to."""

    rows: list = []

    def _get_text_embeddings(self, texts):
        return self.rows

    def _get_query_embedding(self, query):
        raise ConnectionError("refused\nhere")


def test_any_embedding_model_is_normalised():
    embedder = as_embedder(MockEmbedding(4))
    assert embedder.embed(["a", "b"]) == pytest.approx(np.full((2, 4), 0.5))
    assert embedder.embed_query("a").dtype == np.float32
    assert embedder.embed([]).shape == (0, 4)
    assert (embedder.name, embedder.max_tokens, embedder.fits("a" * 9999)) == ("MockEmbedding:unknown", None, True)


def test_a_zero_vector_stays_zero():
    assert as_embedder(Vectors(2, rows=[[0.0, 0.0]])).embed(["a"]).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [([[1.0], [1.0, 2.0]], "different sizes"), ([[1.0]], "shape"), ([[float("nan")], [1.0]], "undefined")],
)
def test_vectors_that_cannot_be_used_are_refused(rows, message):
    with pytest.raises(ModelError, match=message):
        as_embedder(Vectors(1, rows=rows)).embed(["a", "b"])


def test_dimensions_may_not_change():
    base = Vectors(2, rows=[[1.0, 2.0]])
    embedder = as_embedder(base)
    embedder.embed(["a"])
    base.rows = [[1.0, 2.0, 3.0]]
    with pytest.raises(ModelError, match="after 2 dimensions"):
        embedder.embed(["a"])


def test_an_embedding_model_that_fails_is_a_model_error_with_its_cause():
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        as_embedder(Vectors(2)).embed_query("a")
    assert isinstance(caught.value.__cause__, ConnectionError)


# Yes and no


@pytest.mark.parametrize(
    ("likeliest", "share"),
    [
        ([("Yes", -0.1), ("no", -20.0)], 1.0),
        ([(" yes", -0.7), ("No", -0.7)], 0.5),
        ([('"No."', -0.01)], 0.0),
        ([("Maybe", -0.01), ("Yes", -8.0)], None),
        ([], None),
    ],
)
def test_yes_is_weighed_against_no(likeliest, share):
    assert yes_share(likeliest) == pytest.approx(share, abs=1e-6)
