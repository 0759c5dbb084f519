"""The built page without data: its places, its policy, its script, packed, and its licences."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

TEMPLATE = Path(__file__).parent / "static" / "page.html"
# Of what the page's script holds of others: their licences ask to be in every copy.
LICENCES = TEMPLATE.with_name("licences.txt")
_HEAD, _BODY = "<!--mlx-head-->", "<!--mlx-body-->"
_MODULE = re.compile(r'<script type="module"[^>]*>(.*?)</script>', re.DOTALL)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


class Template(NamedTuple):
    """The built page, without data.

    Parameters
    ----------
    before_head, before_body, after : str
        Its text around the two places that are filled in.
    policy : str
        Allows its own script and style by their digests, and nothing else.
    """

    before_head: str
    before_body: str
    after: str
    policy: str

    def filled(self, head: str, body: str) -> str:
        """Return a page."""
        return f"{self.before_head}{head}{self.before_body}{body}{self.after}"


@cache
def template() -> Template:
    """Return the template, which is part of the package.

    The page's script is most of it. It is packed to less than half: a small script, which is not,
    unpacks it and puts it into the page, where its digest in the policy allows it to run.
    """
    built = TEMPLATE.read_text(encoding="utf-8")
    [code] = _MODULE.findall(built)
    before_code, after_code = _MODULE.split(built)[::2]
    text = (
        f"{before_code}{element('mlx-code', gzip.compress(code.encode(), 9, mtime=0))}{after_code}"
    )
    before_head, rest = text.split(_HEAD, 1)
    before_head += f"<!--\n{LICENCES.read_text(encoding='utf-8')}-->\n    "
    before_body, after = rest.rsplit(_BODY, 1)
    scripts = [code, *_SCRIPT.findall(text)]
    return Template(before_head, before_body, after, _policy(scripts, _STYLE.findall(text)))


def element(name: str, gzipped: bytes) -> str:
    """Return an element that holds gzipped content, and that no browser runs or shows."""
    data = base64.b64encode(gzipped).decode("ascii")
    return f'<script type="application/octet-stream" id="{name}">{data}</script>'


def _policy(scripts: list[str], styles: list[str]) -> str:
    """Return the content security policy of a page with these scripts and styles."""
    return (
        f"default-src 'none'; script-src {_digests(scripts)}; style-src {_digests(styles)}; "
        "img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _digests(contents: list[str]) -> str:
    digests = (hashlib.sha256(content.encode("utf-8")).digest() for content in contents)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests)
