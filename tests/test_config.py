"""Settings come from arguments, the environment and a file, in this order; a wrong one is an error that says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.config import Config, default_corpus
from rag.errors import ConfigError


def test_arguments_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "cited.toml").write_text("passages = 3\nthreads = 3\nchunk_tokens = 33\n", encoding="utf-8")
    environ = {"CITED_THREADS": "2", "CITED_PASSAGES": "2"}
    config = Config.load(tmp_path / "articles", environ, passages=1, threads=None)
    assert (config.passages, config.threads, config.chunk_tokens) == (1, 2, 33)


def test_the_file_beside_the_corpus_wins_over_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("cited.toml").write_text("passages = 7\n", encoding="utf-8")
    assert Config.load(tmp_path / "corpus", {}).passages == 7
    (tmp_path / "cited.toml").write_text("passages = 8\n", encoding="utf-8")
    assert Config.load(tmp_path / "corpus", {}).passages == 8


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"CITED_PASSAGES": "many"}, "passages must be a whole number, not 'many'.*CITED_PASSAGES"),
        ({"CITED_PASSAGES": "0"}, "passages must be at least 1"),
        ({"CITED_THREADS": "-1"}, "threads must be 0 or more"),
        ({"CITED_MODEL": "gpt"}, "model 'gpt' is not one of auto, local, none, openai:NAME"),
        ({"CITED_MODEL": "openai:"}, "model 'openai:' is not one of"),
        ({"CITED_BASE_URL": "http://localhost:abc"}, "base_url 'http://localhost:abc' is not http://HOST:PORT"),
        ({"CITED_BASE_URL": "http://localhost:99999"}, "Set CITED_BASE_URL"),
        ({"CITED_BASE_URL": "http://[::1"}, "Set CITED_BASE_URL"),
        ({"CITED_MODEL": "local:qwen-9b"}, "model 'local:qwen-9b' is not one of"),
        ({"CITED_MODEL": "none:"}, "model 'none:' is not one of"),
        ({"CITED_MAX_FILE_MB": "99999999999999"}, "max_file_mb must be at most"),
        ({"CITED_HOME": "~nobody-of-this-name/x"}, "there is no such user. Set CITED_HOME"),
    ],
)
def test_an_impossible_value_names_the_setting(environ: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Config.load(None, environ)


@pytest.mark.parametrize(
    ("text", "message"),
    [("passages = ", "cannot be read as TOML"), ("passage = 3", "unknown setting 'passage'"), ("x = 1", "'x'")],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "cited.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as error:
        Config.load(tmp_path / "corpus", {})
    assert str(tmp_path / "cited.toml") in str(error.value)


def test_the_key_is_the_providers_and_never_shown() -> None:
    environ = {"CITED_MODEL": "openai:gpt", "OPENAI_API_KEY": "sk-secret", "ANTHROPIC_API_KEY": "other"}
    config = Config.load(None, environ)
    assert config.api_key == "sk-secret"
    assert "sk-secret" not in repr(config)
    assert Config.load(None, {**environ, "CITED_MODEL": "local"}).api_key is None


def test_the_corpus_is_the_environments_or_the_seeds() -> None:
    assert default_corpus({}) == Path("seeds")
    assert default_corpus({"CITED_CORPUS": "elsewhere"}) == Path("elsewhere")


def test_a_path_in_the_file_is_meant_from_where_the_file_is(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "cited.toml").write_text('home = "kept"\nmodel_path = "/models/a.gguf"\n', encoding="utf-8")
    config = Config.load(tmp_path / "inner" / ".." / "articles", {})
    assert (config.home, config.model_path) == (tmp_path / "kept", Path("/models/a.gguf"))


def test_an_empty_path_and_a_closed_folder_are_errors_that_name_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "cited.toml").write_text('home = ""', encoding="utf-8")
    with pytest.raises(ConfigError, match="home is empty"):
        Config.load(tmp_path / "articles", {})
    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(ConfigError, match="cited.toml cannot be read: Permission denied"):
        Config.load(tmp_path / "articles", {})
