"""Texts → vectors."""

import threading

import numpy as np
import pytest

from rag import cpu, embedding, models
from rag.embedding import MiniLM
from rag.errors import ModelError

TEXTS = ["A cat sat on the mat.", "A kitten rested on the rug.", "Shares fell sharply in Tokyo.", ""]


def test_vectors_are_normalised_float32_rows(minilm):
    vectors = minilm.embed(TEXTS)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_similar_sentences_are_near_each_other(minilm):
    near, far = minilm.embed(TEXTS)[1:3] @ minilm.embed_query(TEXTS[0])
    assert near > 0.5 > far


def test_no_texts_give_no_rows(minilm):
    assert minilm.embed([]).shape == (0, 384)


def test_a_text_has_the_same_vector_in_any_company(minilm):
    texts = [f"{'word ' * (n % 37)} number {n}" for n in range(60)]
    alone = np.stack([minilm.embed([text])[0] for text in texts[:8]])
    # Not exactly: int8 scales are chosen by batch.
    assert (minilm.embed(texts)[:8] * alone).sum(axis=1) == pytest.approx(1, abs=0.02)


def test_the_name_tells_the_model_and_its_version(minilm):
    assert minilm.name == "all-MiniLM-L6-v2-int8@8199be6f"


def test_what_fits_is_256_word_pieces_with_both_special_ones(minilm):
    assert minilm.fits("word " * 254)
    assert not minilm.fits("word " * 255)


def test_what_does_not_fit_is_cut_off(minilm):
    short, long = minilm.embed(["word " * 254, "word " * 300 + "volcano"])
    assert short == pytest.approx(long, abs=1e-5)


@pytest.mark.parametrize("text", ["\ud800 lone surrogate", "\x00", "😀" * 10, " \n"])
def test_odd_text_has_a_vector_too(minilm, text):
    assert np.isfinite(minilm.embed([text])).all()


def test_a_query_is_embedded_once(minilm, monkeypatch):
    first = minilm.embed_query("Who supplies the shells?")
    monkeypatch.setattr(minilm, "_run", pytest.fail)
    assert minilm.embed_query("Who supplies the shells?") is first
    assert not first.flags.writeable


def test_only_the_last_queries_are_remembered(monkeypatch):
    model = MiniLM()
    monkeypatch.setattr(embedding, "REMEMBERED_QUERIES", 2)
    for query in "abc":
        model.embed_query(query)
    assert list(model._queries) == ["b", "c"]


def test_threads_may_share_it():
    model = MiniLM()
    results = []
    threads = [threading.Thread(target=lambda: results.append(model.embed(TEXTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(result, results[0], atol=1e-5) for result in results)


def test_a_file_that_onnxruntime_cannot_read_is_a_model_error(monkeypatch, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no model")
    monkeypatch.setattr(models, "embedding_files", lambda: (path, path))
    with pytest.raises(ModelError, match="cannot be loaded.*pip install"):
        MiniLM().embed(["text"])


def test_batches_hold_texts_of_similar_length_and_no_more_tokens_than_allowed():
    tokens = [[1] * length for length in (256, 3, 200, 5, 4, 999)]
    batches = list(embedding._batches(tokens))
    assert sorted(row for rows, _, _ in batches for row in rows) == [0, 1, 2, 3, 4, 5]
    assert all(ids.size <= embedding.BATCH_TOKENS and ids.shape == mask.shape for _, ids, mask in batches)
    assert batches[0][1].shape[1] <= 256


def test_cores_are_counted_without_hyper_threads(monkeypatch, tmp_path):
    info = tmp_path / "cpuinfo"
    info.write_text(
        "\n\n".join(f"processor\t: {n}\nphysical id\t: 0\ncore id\t\t: {n // 2}" for n in range(8)) + "\n\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(cpu, "_CPUINFO", info)
    monkeypatch.setattr(cpu, "_QUOTA", tmp_path / "none")
    monkeypatch.setattr(cpu, "_usable", lambda: set(range(6)))
    monkeypatch.setattr(cpu.sys, "platform", "linux")
    assert cpu.physical_cores.__wrapped__() == 3


@pytest.mark.parametrize(("quota", "cores"), [("150000 100000", 2), ("max 100000", 4), ("1000 100000", 1)])
def test_a_container_gets_no_more_threads_than_its_quota(monkeypatch, tmp_path, quota, cores):
    (tmp_path / "cpu.max").write_text(quota, encoding="utf-8")
    monkeypatch.setattr(cpu, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(cpu, "_CPUINFO", tmp_path / "none")
    monkeypatch.setattr(cpu, "_usable", lambda: set(range(4)))
    monkeypatch.setattr(cpu.sys, "platform", "linux")
    assert cpu.physical_cores.__wrapped__() == cores
