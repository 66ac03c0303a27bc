"""Every error that Cited raises on purpose. Each message says what went wrong, where, and what to do next.

CitedError
├── ConfigError      a setting that is unknown or has an impossible value
├── CorpusError      the folder of articles is missing or cannot be read
├── QuestionError    a question that cannot be asked: empty, or far too long
├── ModelError       a model is not installed, not intact, or failed
└── StoreError       the index is damaged, was filled by another embedding model, or cannot be written
    └── IndexLocked  another process is changing the index
"""

from __future__ import annotations


class CitedError(Exception):
    """The base of them all: `except CitedError` catches whatever Cited raises on purpose."""


class ConfigError(CitedError):
    """A setting that is unknown or has an impossible value."""


class CorpusError(CitedError):
    """The folder of articles is missing or cannot be read."""


class QuestionError(CitedError):
    """A question that cannot be asked."""


class ModelError(CitedError):
    """A model is not installed, not intact, or failed."""


class StoreError(CitedError):
    """The index is damaged, was filled by another embedding model, or cannot be written."""

    @classmethod
    def damaged(cls, path: object, error: object) -> StoreError:
        """Say that a file of the index is damaged, and how to repair it."""
        return cls(f"{path} is damaged ({error}). `cited index --rebuild` builds the index anew.")

    @classmethod
    def unwritable(cls, path: object, error: object) -> StoreError:
        """Say that something of the index cannot be written, which leaves the index as it was, and what to do."""
        reason = getattr(error, "strerror", None) or error
        return cls(
            f"{path} cannot be written: {reason}. The index is as it was. Make room, or set CITED_HOME to another "
            "folder, then run `cited index`."
        )


class IndexLocked(StoreError):
    """Another process is changing the index."""
