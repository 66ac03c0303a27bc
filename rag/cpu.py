"""How many threads a model should compute with: the physical cores this process may really use."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


@functools.cache
def physical_cores() -> int:
    """Physical cores, without hyper-threads, and no more than the process's affinity and its container allow.

    Matrix products gain nothing from a second thread on the same core, and a container that is given two of a host's 64
    cores becomes many times slower with 64 threads.
    """
    usable = _usable()
    return max(1, min(len(usable), _distinct_cores(usable), _quota()))


def _usable() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


def _distinct_cores(usable: set[int]) -> int:
    if sys.platform == "darwin":
        return _sysctl("hw.perflevel0.physicalcpu") or _sysctl("hw.physicalcpu") or len(usable)
    try:
        blocks = _CPUINFO.read_text(encoding="utf-8").strip().split("\n\n")
    except OSError:
        return len(usable)
    cores = {_core(block) for block in blocks if _field(block, "processor") in usable}
    return len(cores) if cores and None not in {core for _, core in cores} else len(usable)


def _core(block: str) -> tuple[int | None, int | None]:
    return _field(block, "physical id"), _field(block, "core id")


def _field(block: str, name: str) -> int | None:
    for line in block.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name and value.strip().isdigit():
            return int(value)
    return None


def _quota() -> int:
    """Whole processors the container may use (cgroup v2); as good as unlimited elsewhere."""
    try:
        allowed, period = _QUOTA.read_text(encoding="utf-8").split()
        return max(1, round(int(allowed) / int(period)))
    except (OSError, ValueError):
        return sys.maxsize


def _sysctl(name: str) -> int:
    try:
        return int(subprocess.run(["/usr/sbin/sysctl", "-n", name], capture_output=True, check=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0
