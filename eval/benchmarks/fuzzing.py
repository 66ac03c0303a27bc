"""Mutated bytes for every reader: each format gets its share of the time, in a process that a finding ends.

A finding is an input that makes a reader raise, give what it must not give (`fuzzed.flaw`), take too long or too much
memory. It is saved, and the command fails.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.benchmarks.fuzzed import CORPUS
from eval.benchmarks.machine import machine
from eval.benchmarks.specimens import specimens
from eval.benchmarks.tables import digits, markdown
from eval.report import write_json
from rag.errors import CitedError
from rag.folder import SUFFIXES

MINUTES = 10
SAVED = Path("fuzz-findings")
SECONDS_LIMIT = 10  # for one input; under instrumentation and on a busy machine most take milliseconds
MEMORY_LIMIT_MB = 2048  # of the whole process; reading ordinary documents takes it to about 110
MAX_INPUT_BYTES = 16_384
_EXECUTED = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
_PEAK_MB = re.compile(r"^stat::peak_rss_mb:\s*(\d+)", re.MULTILINE)
# What it says of a finding, the plainest first; an exception is printed to stdout, the rest to stderr, in any order.
_CAUSES = tuple(
    re.compile(rf"{before}(.*?)(?: ===)?$", re.MULTILINE)
    for before in ("=== Uncaught Python exception: ===\n", "=== Timeout: ", "ERROR: libFuzzer: ")
)


class NotInstalled(CitedError):
    """The fuzzer is missing."""


class Found(CitedError):
    """Readers did what they must not do."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What came of one format: inputs tried, the memory that took, and if something was found, what and where."""

    suffix: str
    executions: int
    peak_mb: int
    finding: str | None = None
    saved: str | None = None


def run(out: Path | None, minutes: float = MINUTES, suffixes: Sequence[str] = SUFFIXES, saved: Path = SAVED) -> int:
    """Fuzz the readers of some formats, print what was tried, and return 0; a finding is an error.

    Raises:
        NotInstalled: atheris is missing.
        Found: a reader failed; the message names the input that was saved.
    """
    if importlib.util.find_spec("atheris") is None:
        raise NotInstalled("atheris is not installed: pip install 'cited[fuzz]' (Linux, CPython 3.11 to 3.13).")
    saved.mkdir(parents=True, exist_ok=True)
    fuzzed = [_fuzzed(suffix, max(1, int(60 * minutes / len(suffixes))), saved) for suffix in suffixes]
    sys.stdout.write(_table(fuzzed))
    if out:
        write_json({"machine": machine(), "formats": [asdict(one) for one in fuzzed]}, out)
    if found := [f"{one.suffix}: {one.finding} ({one.saved})" for one in fuzzed if one.finding]:
        raise Found(f"{len(found)} found. {'; '.join(found)}")
    return 0


def _fuzzed(suffix: str, seconds: int, saved: Path) -> Fuzzed:
    """Fuzz one format in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="cited-fuzz-") as folder:
        corpus = Path(folder) / CORPUS
        corpus.mkdir()
        for number, document in enumerate(specimens(suffix)):
            (corpus / str(number)).write_bytes(document)
        process = subprocess.run(
            [
                sys.executable, "-m", "eval.benchmarks.fuzzed", suffix, folder, f"-max_total_time={seconds}",
                f"-timeout={SECONDS_LIMIT}", f"-rss_limit_mb={MEMORY_LIMIT_MB}", f"-max_len={MAX_INPUT_BYTES}",
                "-print_final_stats=1", f"-artifact_prefix={saved}/{suffix[1:]}-",
            ],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        )  # fmt: skip
    return outcome(suffix, process.returncode, process.stdout)


def outcome(suffix: str, code: int, said: str) -> Fuzzed:
    """Read what libFuzzer said of one format before it ended with an exit code."""
    executions, peak = (int(found[1]) if (found := stat.search(said)) else 0 for stat in (_EXECUTED, _PEAK_MB))
    if code == 0:
        return Fuzzed(suffix, executions, peak)
    cause = next((found for pattern in _CAUSES if (found := pattern.search(said))), None)
    finding = cause[1] if cause else f"ended with {code}: {' '.join(said.split())[-300:]}"
    saved = re.search(r"Test unit written to (.+)", said)
    return Fuzzed(suffix, executions, peak, finding[:300], saved[1].strip() if saved else "nothing was saved")


def _table(fuzzed: Iterable[Fuzzed]) -> str:
    lines = [(one.suffix, f"{one.executions:,}", digits(one.peak_mb), one.finding or "") for one in fuzzed]
    return markdown(("format", "inputs", "peak MB", "found"), lines)
