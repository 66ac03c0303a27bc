"""The local language model: llama.cpp inside this process, through xllamacpp."""

from __future__ import annotations

import queue
import re
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.cpu import physical_cores
from rag.errors import ModelError
from rag.llm import Message, yes_share
from rag.models import INSTALL_LOCAL
from rag.types import Usage

# Prompt tokens read in one go. A generation can only be stopped in between, so this is also how long a stop may take
# (about three seconds on two cores); 128 read as fast as 512 and need 50 MB less.
BATCH_TOKENS = 128
PROMPTS_KEPT = 2
_SEED = 1
_SILENT = -1
_TOP = 20
# What a chat template marks turns with. llama.cpp parses such words in the text of a message, too.
_CONTROL = re.compile(
    r"<(?=[|｜])|<(?=/?(?:s|unk|pad|bos|eos|start_of_turn|end_of_turn|tool_call|tool_response|think|sys)>)"
    r"|<(?=<SYS>|</SYS>)|\[(?=/?INST\])",
    re.IGNORECASE,
)
_ZERO_WIDTH_SPACE = "\u200b"
_WAIT = 0.05
# The shortest limit of the platforms is macOS, with 104 bytes.
_LONGEST_SOCKET = 100

_Handle = Callable[[Mapping[str, Any]], bool]


class LocalModel:
    """A GGUF model run by llama.cpp, greedily. Loaded when first used; threads wait for one another.

    The model's own chat template is used. The part of a prompt that the last one began with, too, is not read again.
    """

    address: str | None = None

    def __init__(
        self, path: Path, *, context_tokens: int = 4096, threads: int = 0, digest: str | None = None
    ) -> None:
        self.name = path.stem
        self.digest = digest
        self.context_tokens = context_tokens
        self._path = path
        self._threads = threads or physical_cores()
        self._server: Any = None
        self._closed = False
        self._lock = threading.Lock()

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> LocalGeneration:
        """Start writing at once, on a thread of its own."""
        request = _request(messages, max_tokens) | {
            "stream": True,
            "stream_options": {"include_usage": True},
            # A sign of life after each batch of the prompt, which is where a generation can be stopped.
            "return_progress": True,
        }
        return LocalGeneration(_Run(self, request))

    def yes_probability(self, messages: Sequence[Message]) -> float | None:
        """P(yes) among the yes and no variants of the first token; None if there is neither among the likeliest 20.

        Raises:
            ModelError: the model cannot be loaded, or the prompt is longer than its context.
        """
        request = _request(messages, 1) | {"logprobs": True, "top_logprobs": _TOP}
        answers: list[Mapping[str, Any]] = []
        with self._lock:
            self._loaded().handle_chat_completions(request, answers.append)
        _raise_error(answers[0] if answers else {}, self.context_tokens)
        likeliest = answers[0]["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        return yes_share((entry["token"], entry["logprob"]) for entry in likeliest)

    def warm(self) -> None:
        """Load the model now rather than at the first question. Python stands still meanwhile (xllamacpp holds it)."""
        with self._lock:
            self._loaded()

    def close(self) -> None:
        """Wait for a running generation, then free the model."""
        with self._lock:
            self._closed = True
            self._server = None

    def _run(self, request: Mapping[str, Any], handle: _Handle, stop: threading.Event) -> None:
        """Hold the model until the request is done or `handle` returns True."""
        while not self._lock.acquire(timeout=_WAIT):
            if stop.is_set():
                return
        try:
            if not stop.is_set():
                self._loaded().handle_chat_completions(dict(request), handle)
        finally:
            self._lock.release()

    def _loaded(self) -> Any:  # noqa: ANN401
        if self._closed:
            raise ModelError("The local model has been closed. Open the corpus again.")
        if self._server is None:
            self._server = _load(self._path, self.context_tokens, self._threads)
        return self._server


class LocalGeneration:
    """Text as the local model writes it. Dropping it stops the model, as `close` does."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self.usage: Usage | None = None

    def __iter__(self) -> Iterator[str]:
        """Yield pieces of text as they are written.

        Raises:
            ModelError: the model cannot be loaded or failed, or the prompt is longer than its context.
        """
        while (piece := self._run.pieces.get()) is not None:
            yield piece
        # So that iterating once more ends, too.
        self._run.pieces.put(None)
        self.close()
        if self._run.error is not None:
            raise self._run.error

    def close(self) -> None:
        """Stop the model and wait until it is free for others."""
        self._run.stop.set()
        self._run.thread.join()
        self.usage = self._run.usage()

    def __del__(self) -> None:
        self._run.stop.set()


class _Run:
    """One request on its own thread; knows nothing of the LocalGeneration, so that this can be dropped."""

    def __init__(self, model: LocalModel, request: Mapping[str, Any]) -> None:
        self.pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.stop = threading.Event()
        self.error: ModelError | None = None
        self._context = model.context_tokens
        self._read = self._written = 0
        # Not a daemon: those are frozen at interpreter exit, inside C++, which aborts the process.
        self.thread = threading.Thread(target=self._work, args=(model, request), name="cited-local-model")
        self.thread.start()

    def usage(self) -> Usage:
        return Usage(self._read, self._written)

    def _work(self, model: LocalModel, request: Mapping[str, Any]) -> None:
        try:
            model._run(request, self._handle, self.stop)
        except ModelError as error:
            self.error = error
        except Exception as error:
            self.error = ModelError(f"The local model failed: {error}. Ask again, or run: cited doctor")
            self.error.__cause__ = error
        finally:
            self.pieces.put(None)

    def _handle(self, chunk: Mapping[str, Any]) -> bool:
        """Take one chunk of llama.cpp's; True stops the generation. An exception in here would be swallowed."""
        try:
            _raise_error(chunk, self._context)
            self._take(chunk)
        except ModelError as error:
            self.error = error
            return True
        return self.stop.is_set() or not threading.main_thread().is_alive()

    def _take(self, chunk: Mapping[str, Any]) -> None:
        if progress := chunk.get("prompt_progress"):
            self._read = progress["processed"]
        for choice in chunk.get("choices", ()):
            if text := choice["delta"].get("content"):
                self._written += 1
                self.pieces.put(text)
        if usage := chunk.get("usage"):
            self._read, self._written = usage["prompt_tokens"], usage["completion_tokens"]


def neutralised(text: str) -> str:
    """The text with a zero-width space inside whatever a chat template could take for the end or begin of a turn."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub(lambda match: match.group() + _ZERO_WIDTH_SPACE, clean)


def _request(messages: Sequence[Message], max_tokens: int) -> dict[str, Any]:
    return {
        "messages": [{"role": message.role, "content": neutralised(message.content)} for message in messages],
        "max_tokens": max_tokens,
        "temperature": 0,
        "seed": _SEED,
        "cache_prompt": True,
    }


def _raise_error(chunk: Mapping[str, Any], context_tokens: int) -> None:
    error = chunk.get("error", chunk if "code" in chunk else None)
    if error is None and chunk:
        return
    error = error or {}
    if error.get("type") == "exceed_context_size_error":
        raise ModelError(
            f"The prompt of {error.get('n_prompt_tokens', 'too many')} tokens does not fit the local model's context "
            f"of {context_tokens}. Ask less at once, or raise CITED_CONTEXT_TOKENS."
        )
    raise ModelError(f"The local model failed: {error.get('message', 'no answer')}. Run: cited doctor")


def _load(path: Path, context_tokens: int, threads: int) -> Any:  # noqa: ANN401
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError(f"The local model's runtime is not installed ({error}). Run: {INSTALL_LOCAL}") from error
    with tempfile.TemporaryDirectory(prefix="cited-") as folder:
        try:
            return xllamacpp.Server(_parameters(xllamacpp, path, context_tokens, threads, Path(folder)))
        except RuntimeError as error:
            raise ModelError(
                f"The local model {path} cannot be loaded: damaged, of an unknown kind, or too little memory "
                f"({error}). Run: cited doctor"
            ) from error


def _parameters(xllamacpp: Any, path: Path, context_tokens: int, threads: int, folder: Path) -> Any:  # noqa: ANN401
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = context_tokens
    # Two conversations are remembered, one in turn: the prompts that answer begin alike, and those that search.
    parameters.n_parallel = PROMPTS_KEPT
    parameters.kv_unified = True
    parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_MMAP
    # Both take a second of loading: a trial run, and a search for settings that fit a GPU, which may also shrink n_ctx.
    parameters.warmup = False
    parameters.fit_params = False
    # With the cache in RAM on, an answer can come from another conversation (llama.cpp issue 27148).
    parameters.cache_ram_mib = 0
    parameters.cache_idle_slots = False
    parameters.verbosity = _SILENT
    _seal(parameters, folder)
    return parameters


def _seal(parameters: Any, folder: Path) -> None:  # noqa: ANN401
    """Make llama.cpp's HTTP server, which cannot be left out, unreachable.

    It listens on a Unix socket in a private folder that is deleted as soon as the model is loaded. Where there are no
    such sockets, or the folder's name is too long for one, it listens on a random loopback port with a random key.
    """
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.n_threads_http = 1
    parameters.api_keys = [secrets.token_urlsafe(32)]
    address = str(folder / "x.sock")
    if hasattr(socket, "AF_UNIX") and len(address.encode()) < _LONGEST_SOCKET:
        parameters.hostnames = [address]
