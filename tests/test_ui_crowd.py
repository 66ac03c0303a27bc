"""Fifty readers at once: nothing of one reaches another, only a full queue turns anybody away, memory stays flat."""

from __future__ import annotations

import asyncio
import gc
import json
import re
from pathlib import Path

import httpx
import pytest

from rag.types import Answer, Citation, Claim, Event, Listing, Passage
from tests.browsing import served
from ui.line import Line

READERS = 50
CANARY = re.compile(r"canary-\d+-\d+")


class Echo:
    """Answers with the question's own words and those of the turns before it."""

    def stream(self, question, history=(), *, only=None):
        said = " ".join([*(turn.question for turn in history), question])
        passage = Passage("a.txt", said, 0, len(said), said, 1.0)
        claim, citation = Claim(said, (1,), "supported", 1.0), Citation(1, "a.txt", said, None, 0, len(said), said)
        yield Event("evidence", passages=(passage,))
        for word in said.split():
            yield Event("token", text=f"{word} ")
        yield Event("claim", claim=claim, citations=(citation,))
        yield Event("done", answer=Answer(question, "answered", said, (claim,), (citation,), (passage,)))

    def listings(self):
        return (Listing("a.txt", "A", None, 1, 1),)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(Echo(), tmp_path_factory.mktemp("home")) as address:
        yield address


def test_what_fifty_readers_ask_stays_with_each_of_them(address):
    asyncio.run(_all_ask(address, 0))
    before = _resident()
    asyncio.run(_all_ask(address, 1))
    assert _resident() - before < 60_000_000


def test_a_full_queue_is_said_in_one_friendly_line_and_is_the_only_error(tmp_path):
    with served(Echo(), tmp_path, line=Line(10)) as address:
        told = asyncio.run(_crowd(address, 3))
    turned_away = sum("The queue is full: 10 questions are waiting. Ask again in a minute." in text for text in told)
    assert 0 < turned_away < 2 * READERS
    assert not any("Something went wrong" in text or '"success": false' in text for text in told)


async def _all_ask(address, run):
    for number, (first, second) in enumerate(_pairs(await _crowd(address, run))):
        assert set(CANARY.findall(first)) == {f"canary-{run}{number:02d}-1"}
        assert set(CANARY.findall(second)) == {f"canary-{run}{number:02d}-1", f"canary-{run}{number:02d}-2"}
        assert "queue is full" not in first + second


async def _crowd(address, run):
    """Let all readers ask two questions, one after the other; return everything that each was sent for each."""
    config = httpx.get(f"{address}/config").json()
    box = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "box")
    asking = next(event["id"] for event in config["dependencies"] if [box, "submit"] in map(list, event["targets"]))
    readers = (_reader(address, f"{run}{number:02d}", asking, box) for number in range(READERS))
    return [text for texts in await asyncio.gather(*readers) for text in texts]


async def _reader(address, name, asking, box):
    async with httpx.AsyncClient(base_url=address, timeout=120) as client:
        await client.get("/")
        return [await _ask(client, f"canary-{name}-{number}", f"s{name}", asking, box) for number in (1, 2)]


async def _ask(client, question, session, asking, box):
    joined = await client.post("/gradio_api/queue/join", json={
        "data": [None, question, None], "fn_index": asking, "session_hash": session, "trigger_id": box,
        "event_data": None,
    })  # fmt: skip
    assert joined.status_code == 200
    said = []
    async with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as stream:
        async for line in stream.aiter_lines():
            said.append(line)
            if line.startswith("data: ") and json.loads(line[6:]).get("msg") == "process_completed":
                return "\n".join(said)
    raise AssertionError("the stream ended early")


def _pairs(texts):
    return zip(texts[::2], texts[1::2], strict=True)


def _resident():
    """The bytes of memory that this process holds, server included."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
