"""The built page that is shipped: made of the sources that are here, and small."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from mlflow_explain.dashboard.template import TEMPLATE, template

SOURCES = Path(__file__).parents[2] / "dashboard"
BESIDE = ("index.html", "package-lock.json", "tsconfig.json", "vite.config.ts")


@pytest.fixture(scope="module")
def built() -> str:
    return TEMPLATE.read_text(encoding="utf-8")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _stamp() -> str:
    """Return the stamp of the sources, as `dashboard/scripts/stamp.mjs` makes it."""
    own = [
        path.relative_to(SOURCES).as_posix()
        for path in (SOURCES / "src").rglob("*")
        if path.is_file() and ".test." not in path.name
    ]
    paths = sorted([*own, *BESIDE])
    lines = [f"{_digest((SOURCES / path).read_bytes())}  {path}\n" for path in paths]
    return _digest("".join(lines).encode())


def test_the_page_was_built_from_these_sources(built):
    found = re.findall(r"<!--mlx-sources:([0-9a-f]{64})-->", built)
    assert found == [_stamp()], "run `make page`, and commit mlflow_explain/dashboard/static"


def test_the_template_is_small():
    assert len(template().filled("", "").encode()) <= 250_000


def test_the_packed_script_is_the_one_the_policy_allows(built):
    page = template()
    packed = re.findall(r'id="mlx-code">([^<]+)</script>', page.before_head + page.before_body)
    code = gzip.decompress(base64.b64decode(packed[0])).decode()
    assert f">{code}</script>" in built
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.policy
    assert "unsafe" not in page.policy


def test_the_template_asks_for_nothing(built):
    # Names of XML dialects are no addresses.
    addresses = set(re.findall(r"https?://[^\s\"'`)<>]+", built))
    assert {a for a in addresses if not a.startswith("http://www.w3.org/")} == set()
    assert not re.search(r"\beval\(|new Function\(|@import|url\((?!data:|#)", built)
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=", built) == []


def test_every_licence_travels_along():
    licences = (TEMPLATE.parent / "licences.txt").read_text(encoding="utf-8")
    for name in ("preact ", "@preact/signals ", "d3-array ", "internmap "):
        assert f"{name}" in licences
