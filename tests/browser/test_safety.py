"""What a page may do, and what names in it cannot."""

from __future__ import annotations

import re

from tests.browser.pages import HOSTILE
from tests.browser.test_tabs import walk

_POLICY = 'meta[http-equiv="Content-Security-Policy"]'
# Run by the page's own loop: what a debugger evaluates no policy binds.
_FUNCTION = """() => new Promise(done => setTimeout(() => {
  try { done(String(new Function('return 1 + 1')())); } catch (error) { done(error.name); }
}))"""
_EVAL = """() => new Promise(done => setTimeout(() => {
  try { done(String(eval('1 + 1'))); } catch (error) { done(error.name); }
}))"""
_INLINE = """() => {
  const script = document.createElement('script');
  script.textContent = 'window.__inline = true';
  document.body.append(script);
  return window.__inline === undefined;
}"""
_FETCH = "() => fetch('http://127.0.0.1:9/').then(() => 'sent', error => error.name)"


def test_77_hostile_names_execute_nothing_and_are_shown(show, page_file):
    it = show("hostile")
    it.frame.get_by_role("button", name="How to read this page").click()
    it.frame.get_by_role("dialog").wait_for()
    it.page.keyboard.press("Escape")
    shown = ""
    for _ in walk(it):
        shown += it.text() + " ".join(it.panel.locator("option").all_text_contents())
        boxes, number = it.panel.locator("select:enabled"), 0
        # Choosing in one may take others away.
        while number < boxes.count():
            boxes.nth(number).select_option(index=0)
            it.settle()
            number += 1
        shown += it.text()
    assert it.frame.evaluate("() => window.__hit") is None
    assert it.requests == [page_file("hostile").as_uri()]
    assert it.problems == []
    flat = "".join(shown.split())
    assert [name for name in HOSTILE if "".join(name.split()) not in flat] == []
    assert "7*7" in flat
    # Elements that a name would have made.
    assert it.frame.locator("img, svg[onload], [onfocus], b:text-is('emoji')").count() == 0


def test_82_the_policy_allows_the_page_alone(show):
    it = show("mortgage")
    policies = it.frame.locator(_POLICY)
    assert policies.count() == 1
    rules = {
        rule.split()[0]: rule.split()[1:]
        for rule in policies.first.get_attribute("content").split(";")
        if rule.strip()
    }
    assert rules["default-src"] == ["'none'"]
    assert rules["connect-src"] == ["'none'"]
    assert rules["base-uri"] == ["'none'"]
    assert rules["form-action"] == ["'none'"]
    assert set(rules["img-src"]) == {"data:", "blob:"}
    for kind in ("script-src", "style-src"):
        assert rules[kind]
        assert all(re.fullmatch(r"'sha256-[\w+/]+=*'", source) for source in rules[kind])


def test_82_what_the_policy_forbids_fails(show):
    it = show("mortgage")
    assert it.frame.evaluate(_EVAL) == "EvalError"
    assert it.frame.evaluate(_FUNCTION) == "EvalError"
    assert it.frame.evaluate(_INLINE)
    assert it.frame.evaluate(_FETCH) == "TypeError"
    assert len(it.requests) == 1
    # What runs nothing is a complaint of the policy's; of code made of text the error is all.
    assert len(it.problems) >= 3
    assert all("Content Security Policy" in problem for problem in it.problems)


def test_80_no_address_is_in_a_page_but_names_of_formats(page_file):
    addresses = re.findall(r"\b\w+://[\w./-]+", page_file("iris").read_text())
    assert {address for address in addresses if "//www.w3.org/" not in address} == set()
