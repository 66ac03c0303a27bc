"""One frozen Config, built once from arguments, `cited.toml` and the environment, and passed down."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import ConfigError

FILE_NAME = "cited.toml"
PREFIX = "CITED_"
DEFAULT_CORPUS = "seeds"
MOST_FILE_MB = 100_000
CLOUD = "cloud"  # as the value of `chroma`: Chroma Cloud
_KEYS_OF_PROVIDERS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
# Chroma Cloud's own variables stand in for those of Cited.
_OF_CLOUD = {name: f"CHROMA_{name.upper()}" for name in ("tenant", "database")} | {"token": "CHROMA_API_KEY"}
_INDEX_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,58}[A-Za-z0-9]")  # what Chroma takes in a collection's name


def default_home() -> Path:
    """The platform's folder for user data, where indexes, assembled models and histories live."""
    import platformdirs

    return Path(platformdirs.user_data_dir("cited", appauthor=False))


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, each also `CITED_<NAME>` in the environment and a key of `cited.toml`.

    Attributes:
        home: where indexes, assembled models and histories live.
        model: who writes the answers: `auto` (the local model if it is installed, else quotations only), `local`,
            `none` (quotations only), `openai:NAME`, `anthropic:NAME` or `ollama:NAME`.
        base_url: the address of an OpenAI-compatible or Ollama server, instead of the provider's own.
        api_key: the provider's key; by default OPENAI_API_KEY or ANTHROPIC_API_KEY.
        model_path: a GGUF file to use as the local model instead of the installed one.
        threads: threads of the local model; 0 means one a physical core.
        context_tokens: the local model's context window, in tokens.
        max_answer_tokens: where an answer is cut off, in tokens.
        passages: how many passages are retrieved for a question.
        evidence_sentences: how many sentences of them are kept for the model, which reads few of them first.
        chunk_tokens: the size of a chunk, in tiktoken tokens; the embedder may force a smaller one.
        max_file_mb: larger files are rejected.
        max_question_chars: longer questions are an error.
        chroma: the Chroma server that keeps the index, `http://host:port`, or `cloud`; by default a folder in `home`.
        chroma_tenant, chroma_database, chroma_token: what that server asks for, if anything; for `cloud` by default
            CHROMA_TENANT, CHROMA_DATABASE and CHROMA_API_KEY.
        index: the name under which the server keeps this corpus, the same on every machine that shares it; by default
            it is made of the folder's name and path.
    """

    home: Path = field(default_factory=default_home)
    model: str = "auto"
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    model_path: Path | None = None
    threads: int = 0
    context_tokens: int = 4096
    max_answer_tokens: int = 160
    passages: int = 10
    evidence_sentences: int = 10
    chunk_tokens: int = 110
    max_file_mb: int = 10
    max_question_chars: int = 8000
    chroma: str | None = None
    chroma_tenant: str | None = None
    chroma_database: str | None = None
    chroma_token: str | None = field(default=None, repr=False)
    index: str | None = None

    def __post_init__(self) -> None:
        for name in ("context_tokens", "max_answer_tokens", "passages", "evidence_sentences", "chunk_tokens",
                     "max_file_mb", "max_question_chars"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, not {getattr(self, name)}. Set {PREFIX}{name.upper()}.")
        if self.max_file_mb > MOST_FILE_MB:
            raise ConfigError(f"max_file_mb must be at most {MOST_FILE_MB}, not {self.max_file_mb}. "
                              f"Set {PREFIX}MAX_FILE_MB.")
        if self.threads < 0:
            raise ConfigError(f"threads must be 0 or more, not {self.threads}. Set {PREFIX}THREADS.")
        provider, _, name = self.model.partition(":")
        if provider not in ("auto", "local", "none", "openai", "anthropic", "ollama") or (
            bool(name) != (provider in ("openai", "anthropic", "ollama"))
        ) or self.model.endswith(":"):
            raise ConfigError(
                f"model {self.model!r} is not one of auto, local, none, openai:NAME, anthropic:NAME, ollama:NAME. "
                f"Set {PREFIX}MODEL or model in {FILE_NAME}."
            )
        if self.base_url is not None and _split(self.base_url) is None:
            raise ConfigError(f"base_url {self.base_url!r} is not http://HOST:PORT or the like. Set {PREFIX}BASE_URL.")
        if self.chroma is not None and not _is_server(self.chroma):
            raise ConfigError(f"chroma {self.chroma!r} is neither http://HOST:PORT nor {CLOUD}. Set {PREFIX}CHROMA.")
        if self.index is not None and not _INDEX_NAME.fullmatch(self.index):
            raise ConfigError(
                f"index {self.index!r} is not a name of 2 to 60 letters, digits, - and _. Set {PREFIX}INDEX."
            )

    @classmethod
    def load(
        cls, corpus: Path | None = None, environ: Mapping[str, str] | None = None, **arguments: object
    ) -> Config:
        """Arguments win over the environment, the environment over `cited.toml`, and that over the defaults.

        The file is looked for beside the corpus folder, then in the working directory. Arguments that are None do not
        count as given.

        Raises:
            ConfigError: an unknown key, a value of the wrong type, or a file that is not TOML.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = _from_file(corpus)
        values |= _from_environment(environ)
        values |= {key: value for key, value in arguments.items() if value is not None}
        if not values.get("api_key"):
            provider = str(values.get("model", "")).partition(":")[0]
            values["api_key"] = environ.get(_KEYS_OF_PROVIDERS.get(provider, ""), None)
        if values.get("chroma") == CLOUD:
            for name, variable in _OF_CLOUD.items():
                values[f"chroma_{name}"] = values.get(f"chroma_{name}") or environ.get(variable)
        return cls(**{key: _typed(key, value) for key, value in values.items()})


def default_corpus(environ: Mapping[str, str] | None = None) -> Path:
    """The corpus folder when none is named: `$CITED_CORPUS`, else `./seeds`."""
    environ = os.environ if environ is None else environ
    return Path(environ.get(f"{PREFIX}CORPUS") or DEFAULT_CORPUS)


_TYPES = {f.name: str(f.type) for f in dataclasses.fields(Config)}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found = {name: environ.get(PREFIX + name.upper()) for name in _TYPES}
    return {name: value for name, value in found.items() if value}


def _from_file(corpus: Path | None) -> dict[str, Any]:
    folders = ([Path(os.path.abspath(corpus)).parent] if corpus else []) + [Path.cwd()]
    for folder in folders:
        path = folder / FILE_NAME
        try:
            if not path.is_file():
                continue
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror or error}. Change its permissions.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} cannot be read as TOML: {error}. Correct it or move it away.") from error
        unknown = sorted(set(values) - set(_TYPES))
        if unknown:
            raise ConfigError(f"{path} has an unknown setting {unknown[0]!r}. Known: {', '.join(sorted(_TYPES))}.")
        return {key: _placed(key, value, folder) for key, value in values.items()}
    return {}


def _is_server(chroma: str) -> bool:
    url = _split(chroma)
    return chroma == CLOUD or (
        url is not None and url.scheme in ("http", "https") and bool(url.hostname) and url.path in ("", "/")
    )


def _split(address: str) -> urllib.parse.SplitResult | None:
    """Take an address apart; None if it has no port that can be, or is damaged otherwise."""
    try:
        url = urllib.parse.urlsplit(address)
        return url if url.port != 0 else None
    except ValueError:
        return None


def _placed(key: str, value: object, folder: Path) -> object:
    """Return a value of the file; a path in it is meant from where the file is."""
    if "Path" not in _TYPES[key] or not isinstance(value, str) or not value:
        return value
    return folder / _typed(key, value)


def _typed(key: str, value: object) -> Any:  # noqa: ANN401
    kind = _TYPES.get(key)
    if kind is None:
        raise ConfigError(f"unknown setting {key!r}. Known: {', '.join(sorted(_TYPES))}.")
    if value is None:
        return None
    if "Path" in kind:
        if not str(value):
            raise ConfigError(f"{key} is empty. Name a path, or leave it out. Set {PREFIX}{key.upper()}.")
        try:
            return Path(str(value)).expanduser()
        except RuntimeError:
            raise ConfigError(f"{key} {value!r}: there is no such user. Set {PREFIX}{key.upper()}.") from None
    if kind != "int":
        return str(value)
    try:
        return int(str(value))
    except ValueError:
        raise ConfigError(f"{key} must be a whole number, not {value!r}. Set {PREFIX}{key.upper()}.") from None
