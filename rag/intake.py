"""A file handed in → an article in the corpus folder, or the reason why not; and an article taken out again."""

from __future__ import annotations

import contextlib
import os
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from rag.errors import CorpusError
from rag.folder import SourceFile, list_files, why_unsupported
from rag.reading import read_file
from rag.types import Rejection

MAX_NAME_BYTES = 200  # file systems take 255; what is put beside the file while it is written needs some
_TAKEN = "there is an article of this name already. Remove that first, or rename this one"
_FORBIDDEN = '/\\:*?"<>|'  # in a file name, on one system or another


def add_file(corpus: Path, name: str, content: bytes, *, max_bytes: int) -> Rejection | None:
    """Put a file into the corpus folder, if it can be read as an article; else say why not and leave no trace.

    The file appears under its name all at once, and never in the place of another.

    Raises:
        CorpusError: the folder cannot be written.
    """
    problem = _problem_of_name(name) or ("it is larger than the limit" if len(content) > max_bytes else None)
    if problem:
        return Rejection(name, problem)
    target = corpus / name
    if os.path.lexists(target):
        return Rejection(name, _TAKEN)
    try:
        with _beside(corpus, content) as temporary:
            read = read_file(SourceFile(name, temporary, len(content), 0), max_bytes=max_bytes)
            if isinstance(read, Rejection):
                return read
            os.chmod(temporary, 0o644)
            _link(temporary, target)
    except FileExistsError:
        return Rejection(name, _TAKEN)
    except OSError as error:
        raise CorpusError(f"{corpus} cannot be written: {error.strerror or error}. Change its permissions.") from error
    return None


def remove_file(corpus: Path, source: str) -> None:
    """Delete an article's file from the corpus folder, for good.

    Raises:
        CorpusError: there is none by that name, or it cannot be deleted.
    """
    files, _ = list_files(corpus)
    # macOS may keep accents apart from their letters in a name.
    same = [file for file in files if unicodedata.normalize("NFC", file.source) == unicodedata.normalize("NFC", source)]
    found = next((file for file in same if file.source == source), same[0] if len(same) == 1 else None)
    if found is None:
        raise CorpusError(f"{corpus} has no file {source!r}. It may have been removed already, or is a part of one.")
    try:
        found.path.unlink()
    except OSError as error:
        raise CorpusError(f"{found.path} cannot be deleted: {error.strerror or error}.") from error


def _problem_of_name(name: str) -> str | None:
    if not name or name.startswith(".") or name != name.strip():
        return "its name begins with a dot or a space, or ends with a space. Rename it"
    if any(character in _FORBIDDEN or unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return f"its name has a control character, or one of {' '.join(_FORBIDDEN)}. Rename it"
    if len(os.fsencode(name)) > MAX_NAME_BYTES:
        return f"its name is longer than {MAX_NAME_BYTES} bytes. Shorten it"
    return why_unsupported(name)


@contextlib.contextmanager
def _beside(corpus: Path, content: bytes) -> Iterator[Path]:
    """Yield a hidden file in the folder with this content, gone when the block ends."""
    handle, name = tempfile.mkstemp(prefix=".cited-", dir=corpus)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _link(temporary: Path, target: Path) -> None:
    """Give a file its name, unless that is taken; where there are no links, the name is taken first."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        target.touch(exist_ok=False)
        try:
            os.replace(temporary, target)
        except OSError:
            target.unlink()
            raise
