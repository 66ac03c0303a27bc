"""Claims on a Chroma server: collections that say who is at work or reading, for as long as that process lives.

A claim is renewed every few seconds by the server's own clock. One that has not been renewed for a minute is that of a
process that was killed, or of a machine that has gone.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from rag.chroma import Metadata, Server
from rag.errors import StoreError

EVERY = 10.0  # seconds between two renewals
STALE = 60.0  # seconds without one after which a claim is void
_RENEWED = "renewed"


class Tenure:
    """The claims of this process on `server`, renewed by one thread while there are any."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._claims: dict[str, Metadata] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None

    def claim(self, name: str, about: Metadata) -> bool:
        """Claim a name, if nobody has it; False otherwise."""
        if not self.server.create(name, {**about, _RENEWED: self.server.now()}):
            return False
        with self._lock:
            self._claims[name] = about
            if self._thread is None:
                self._changed.clear()
                self._thread = threading.Thread(target=self._renew, daemon=True)
                self._thread.start()
        return True

    def release(self, name: str) -> None:
        """Give a claim up; where the server is away, it becomes void by itself, and another's claim stays."""
        with contextlib.suppress(StoreError):
            if self.holds(name):
                self.server.delete(name)
        with self._lock:
            self._claims.pop(name, None)
            if not self._claims:
                self._thread = None
                self._changed.set()

    def holds(self, name: str) -> bool:
        """Whether a claim of this process is still there, and still its own."""
        told, ours = self.server.metadata(name), self._claims.get(name)
        return told is not None and ours is not None and {**told, _RENEWED: 0} == {**ours, _RENEWED: 0}

    def is_void(self, told: dict[str, Any]) -> bool:
        """Whether a claim, by what it says of itself, has not been renewed for too long."""
        return self.server.now() - float(told.get(_RENEWED, 0.0)) > STALE

    def _renew(self) -> None:
        me = threading.current_thread()
        while not self._changed.wait(EVERY) and self._thread is me:
            with self._lock:
                claims = dict(self._claims)
            for name, about in claims.items():
                with contextlib.suppress(StoreError):  # away for now, or taken from us: `holds` will tell
                    if self.holds(name):
                        self.server.update(name, {**about, _RENEWED: self.server.now()})
