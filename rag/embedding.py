"""Texts → vectors, with MiniLM on this machine by default."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rag import models
from rag.cpu import physical_cores
from rag.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Encoding

Vectors = NDArray[np.float32]

# What the model was trained with; longer input would be cut off without a word.
MAX_TOKENS = 256
DIMENSIONS = 384
# Tokens in a batch, padding included. On two cores, 18,683 tokens of scifact: 1,024 and 512 about 3,500 tokens/s and a
# peak of 0.3 GB; 2,048 no faster (it leaves the processor's cache) and 0.5 GB.
BATCH_TOKENS = 1024
REMEMBERED_QUERIES = 256


class Embedder(Protocol):
    """What the index needs of an embedding model.

    Attributes:
        name: identifies the model and its version; an index filled by another one is not searched.
        max_tokens: longer texts are cut off by the model; None if unknown.
    """

    name: str
    max_tokens: int | None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row a text."""

    def embed_query(self, text: str) -> Vectors:
        """The L2-normalised float32 vector to search with."""

    def fits(self, text: str) -> bool:
        """Whether the model reads `text` to its end."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text with a vector for each of its word pieces, the special ones left out.

    Attributes:
        vectors: L2-normalised, one float16 row a piece: half the memory, and their cosines differ by 0.001.
        spans: where each piece stands in the text, in characters.
        mean: of the whole text, as `Embedder.embed` gives it.
    """

    vectors: NDArray[np.float16]
    spans: tuple[tuple[int, int], ...]
    mean: Vectors


@runtime_checkable
class TokenEmbedder(Protocol):
    """An embedding model that tells the vectors of single word pieces, of which that of a text is the mean."""

    def embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The word pieces of each text."""


class MiniLM:
    """all-MiniLM-L6-v2 as int8 ONNX: 384 dimensions, mean-pooled, normalised. Loaded when first used; thread-safe."""

    name = f"{models.MINILM_NAME}@{models.MINILM_SHA256[:8]}"
    max_tokens: int | None = MAX_TOKENS

    def __init__(self) -> None:
        self._session: Any = None
        self._tokenizer: Any = None
        self._queries: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row a text; shape (0, 384) for no texts.

        Raises:
            ModelError: the model is not installed, not intact, or failed.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for rows, states, mask in self._states(self._tokenize(texts)):
            vectors[rows] = _mean(states, mask)
        return vectors

    def embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The word pieces of each text, as far as the model reads it.

        Raises:
            ModelError: the model is not installed, not intact, or failed.
        """
        encodings = self._tokenize(texts, spans=True)
        tokens: dict[int, Tokens] = {}
        for rows, states, mask in self._states(encodings):
            for row, pieces, length, mean in zip(rows, states, mask.sum(axis=1), _mean(states, mask), strict=True):
                last = int(length) - 1
                spans = tuple(encodings[row].offsets[1:last])
                tokens[row] = Tokens(_normalised(pieces[1:last]).astype(np.float16), spans, mean)
        return [tokens[row] for row in range(len(texts))]

    def embed_query(self, text: str) -> Vectors:
        """The vector of one text, read-only; the last few hundred are remembered."""
        with self._lock:
            if text in self._queries:
                self._queries.move_to_end(text)
                return self._queries[text]
        vector: Vectors = self.embed([text])[0]
        vector.setflags(write=False)
        with self._lock:
            self._queries[text] = vector
            if len(self._queries) > REMEMBERED_QUERIES:
                self._queries.popitem(last=False)
        return vector

    def fits(self, text: str) -> bool:
        """Whether `text` has at most 256 word pieces, counting the two special ones."""
        return len(self._tokenize([text])[0].ids) <= MAX_TOKENS

    def _tokenize(self, texts: Sequence[str], *, spans: bool = False) -> list[Encoding]:
        if not texts:
            return []
        self._load()
        encode = self._tokenizer.encode_batch if spans else self._tokenizer.encode_batch_fast
        encodings: list[Encoding] = encode([_clean(text) for text in texts])
        return encodings

    def _states(
        self, encodings: Sequence[Encoding]
    ) -> Iterator[tuple[list[int], NDArray[np.float32], NDArray[np.int64]]]:
        """Yield the last layer's vectors of some texts at once, with their numbers and the mask of their pieces."""
        for rows, ids, mask in _batches([encoding.ids for encoding in encodings]):
            with _named("failed", "Free memory and run the command again, or run: cited doctor"):
                states = self._run(ids, mask)
            yield rows, states, mask

    def _run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states: NDArray[np.float32] = self._session.run(["last_hidden_state"], inputs)[0]
        return states

    def _load(self) -> None:
        with self._lock:
            if self._session is not None:
                return
            model, tokenizer = models.embedding_files()
            with _named("cannot be loaded", f"Run: {models.REINSTALL}"):
                self._tokenizer = _load_tokenizer(tokenizer)
                self._session = _load_session(model)


def _mean(states: NDArray[np.float32], mask: NDArray[np.int64]) -> Vectors:
    # The sum instead of the mean: normalising takes the length out again.
    return _normalised(np.einsum("rtd,rt->rd", states, mask.astype(np.float32)))


def _normalised(vectors: NDArray[np.float32]) -> Vectors:
    normalised: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return normalised


@contextlib.contextmanager
def _named(failure: str, remedy: str) -> Iterator[None]:
    """Turn whatever the libraries raise into one ModelError."""
    try:
        yield
    except Exception as error:
        raise ModelError(f"The embedding model {failure}: {error}. {remedy}") from error


def _load_tokenizer(path: Path) -> Any:  # noqa: ANN401
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    # The file says to cut off and to pad at 128 tokens. Here `fits` has to see the true length, and batches are padded
    # to their own longest text.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _load_session(path: Path) -> Any:  # noqa: ANN401
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = physical_cores()
    options.inter_op_num_threads = 1
    # Patterns plan memory for inputs of one shape; with batches of all shapes they cost a quarter more of it.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _clean(text: str) -> str:
    # Half a surrogate pair, as JSON can carry, is not UTF-8 and would make the tokenizer fail.
    return text.encode("utf-8", "replace").decode("utf-8")


def _batches(tokens: list[list[int]]) -> Iterator[tuple[list[int], NDArray[np.int64], NDArray[np.int64]]]:
    """Rows of similar length together, so that little is padded; each batch holds at most `BATCH_TOKENS` tokens."""
    cut = [_cut(ids) for ids in tokens]
    rows: list[int] = []
    for row in sorted(range(len(cut)), key=lambda row: len(cut[row])):
        if rows and (len(rows) + 1) * len(cut[row]) > BATCH_TOKENS:
            yield rows, *_padded([cut[row] for row in rows])
            rows = []
        rows.append(row)
    if rows:
        yield rows, *_padded([cut[row] for row in rows])


def _cut(ids: list[int]) -> list[int]:
    """The first 255 word pieces and the closing special token."""
    return ids if len(ids) <= MAX_TOKENS else ids[: MAX_TOKENS - 1] + ids[-1:]


def _padded(tokens: list[list[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    shape = len(tokens), max(map(len, tokens))
    ids, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, tokens_of_row in enumerate(tokens):
        ids[row, : len(tokens_of_row)] = tokens_of_row
        mask[row, : len(tokens_of_row)] = 1
    return ids, mask
