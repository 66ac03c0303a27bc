"""What the figures were measured on: without it, seconds mean nothing."""

from __future__ import annotations

import contextlib
import os
import platform
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

from eval.report import git_commit
from rag.cpu import physical_cores

_DISTRIBUTIONS = ("cited", "chromadb", "onnxruntime", "tokenizers", "bm25s", "numpy", "llama-index-core", "xllamacpp")
_CPUINFO = Path("/proc/cpuinfo")


def machine() -> dict[str, Any]:
    """Date, commit, processor, cores, Python, the versions that matter, and how busy the machine is just now."""
    return {
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "git": git_commit(),
        "processor": _processor(),
        "cores": physical_cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version for name in _DISTRIBUTIONS if (version := _version(name))},
        "load": load(),
    }


def load() -> float | None:
    """How many processes have wanted a core over the last minute; more than none of ours makes times longer."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _version(distribution: str) -> str | None:
    with contextlib.suppress(metadata.PackageNotFoundError):
        return metadata.version(distribution)
    return None


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in _CPUINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
