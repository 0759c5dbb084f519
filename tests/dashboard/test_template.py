"""The built page that is shipped: made of the sources that are here, and small."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest

from mlflow_explain.dashboard.template import LICENCES, TEMPLATE, template

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


def test_the_readme_lists_the_folders_of_the_sources():
    # Several folders may share a row; deeper ones are told of in the text of theirs.
    text = (SOURCES / "README.md").read_text(encoding="utf-8")
    told = {
        name
        for cell in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
        for name in re.findall(r"`(\w+)/`", cell)
    }
    assert told == {path.parent.name for path in (SOURCES / "src").glob("*/*")}


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


def test_the_licences_of_what_is_bundled_are_in_every_page():
    page = template().filled("", "")
    assert page.index('<meta charset="utf-8">') < page.index("Copyright") < page.index("<script")
    locked = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    bundled = {
        path.rpartition("node_modules/")[2]: known
        for path, known in locked.items()
        if path and not known.get("dev")
    }
    assert {"preact", "@preact/signals", "d3-array", "internmap"} <= bundled.keys()
    for name, known in bundled.items():
        assert re.search(
            rf"^{name} {re.escape(known['version'])} \({known['license']}\)\nCopyright .+\n\n",
            page,
            re.MULTILINE,
        )
    # The words of each licence, once.
    assert {known["license"] for known in bundled.values()} == {"MIT", "ISC"}
    assert page.count("Permission is hereby granted, free of charge") == 1
    assert page.count("Permission to use, copy, modify, and/or distribute") == 1
    assert page.count("WITHOUT WARRANTY OF ANY KIND") == 1
    assert page.count("THE AUTHOR DISCLAIMS ALL WARRANTIES") == 1


def test_the_package_says_under_which_licences_it_is():
    project = tomllib.loads((SOURCES.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["license"] == "Apache-2.0 AND MIT AND ISC"
    files = project["project"]["license-files"]
    assert [SOURCES.parent / name for name in files] == [SOURCES.parent / "LICENSE", LICENCES]
