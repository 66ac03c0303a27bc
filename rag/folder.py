"""The corpus folder → the files in it that may be articles, and those that are passed over, with the reason."""

from __future__ import annotations

import errno
import operator
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from rag.errors import CorpusError
from rag.types import Rejection

SUFFIXES = (
    ".txt", ".text", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".epub", ".eml", ".csv", ".json", ".jsonl"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the corpus folder: `source` is its path in it, with `/`; `size` is in bytes."""

    source: str
    path: Path
    size: int
    mtime_ns: int


def list_files(root: Path) -> tuple[tuple[SourceFile, ...], tuple[Rejection, ...]]:
    """Every readable article file in `root` and below it, and what was passed over, both sorted by source.

    Raises:
        CorpusError: the folder is missing, is no folder, or cannot be listed.
    """
    files: list[SourceFile] = []
    rejections: list[Rejection] = []
    real_root = os.path.realpath(root)
    folders = [(os.fspath(root), "")]
    while folders:
        path, prefix = folders.pop()
        try:
            entries = _entries(path)
        except OSError as error:
            if not prefix:
                raise _unlistable(root, error) from error
            rejections.append(Rejection(prefix.rstrip("/"), f"the folder cannot be listed: {os_reason(error)}"))
            continue
        for entry in entries:
            found = _classified(entry, prefix, real_root)
            if isinstance(found, SourceFile):
                files.append(found)
            elif isinstance(found, Rejection):
                rejections.append(found)
            else:
                folders.append((entry.path, f"{prefix}{entry.name}/"))
    by_source = operator.attrgetter("source")
    return tuple(sorted(files, key=by_source)), tuple(sorted(rejections, key=by_source))


def why_unsupported(name: str) -> str | None:
    """Say why a file of this name cannot be an article, by its suffix; None if it can."""
    suffix = os.path.splitext(name)[1]
    if suffix.lower() in SUFFIXES:
        return None
    return f"{suffix or 'a name without a suffix'} is not supported; {', '.join(SUFFIXES)} are"


def _entries(path: str) -> list[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        return list(entries)


def _unlistable(root: Path, error: OSError) -> CorpusError:
    if isinstance(error, FileNotFoundError):
        problem = "does not exist. Create it"
    elif isinstance(error, NotADirectoryError):
        problem = "is not a folder. Put the articles into one"
    else:
        problem = f"cannot be listed: {os_reason(error)}. Change its permissions"
    return CorpusError(f"the corpus folder {root} {problem}, or name another one with --corpus or CITED_CORPUS.")


def os_reason(error: OSError) -> str:
    """What the operating system says is wrong, in its own words."""
    return (error.strerror or type(error).__name__).lower()


def _classified(entry: os.DirEntry[str], prefix: str, real_root: str) -> SourceFile | Rejection | None:
    """The entry as a file to read or a rejection; None for a folder to look into."""
    source = prefix + entry.name
    if entry.name.startswith("."):
        return Rejection(_printable(source), "hidden folder" if _is_folder(entry) else "hidden file")
    if _printable(source) != source:
        return Rejection(_printable(source), "the file name is not valid UTF-8; rename it")
    if entry.is_symlink():
        return Rejection(source, _why_not_followed(entry.path, real_root))
    if _is_folder(entry):
        return None
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Rejection(source, f"it cannot be read: {os_reason(error)}")
    if not stat.S_ISREG(status.st_mode):
        return Rejection(source, "not a regular file")
    if unsupported := why_unsupported(entry.name):
        return Rejection(source, unsupported)
    return SourceFile(source, Path(entry.path), status.st_size, status.st_mtime_ns)


def _printable(source: str) -> str:
    return source.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _why_not_followed(path: str, real_root: str) -> str:
    try:
        target = os.path.realpath(path, strict=True)
    except FileNotFoundError:
        return "symbolic link to nothing"
    except OSError as error:
        return "symbolic link to itself" if error.errno == errno.ELOOP else f"symbolic link: {os_reason(error)}"
    if os.path.commonpath([target, real_root]) != real_root:
        return "symbolic link out of the folder"
    kind = "folder" if os.path.isdir(target) else "file"
    return f"symbolic link to another {kind} of the corpus, which is read where it is"
