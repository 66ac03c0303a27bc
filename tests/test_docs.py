"""The pages that describe the house name every room in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("folder", "page"), [("rag", "docs/architecture.md"), ("ui", "docs/architecture.md"), ("eval", "eval/README.md")]
)
def test_every_module_has_a_line(folder: str, page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    modules = [path.name for path in Path(ROOT, folder).glob("*.py") if not path.name.startswith("__")]
    assert [name for name in modules if f"`{name}`" not in text] == []
