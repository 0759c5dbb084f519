"""Who is answered: token, cookie, Host, Origin, and the headers of every reply."""

from __future__ import annotations

import re

import pytest

from mlflow_explain.ui.access import MOST_BYTES, Access
from tests.ui.asked import HOST

ROOT = "/0123456789abcdef"


def test_the_token_is_exchanged_for_a_cookie_that_no_script_and_no_other_site_has(browser):
    reply = browser.get("/?token=the-token", cookie=None)
    assert reply.status == 200
    assert reply.headers["set-cookie"] == (
        f"mlflow-explain=the-key; Path={ROOT}; HttpOnly; SameSite=Strict"
    )
    assert f"content='0;url={ROOT}/'" in reply.text
    assert "the-token" not in reply.text
    assert browser.get(f"{ROOT}/").status == 200


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=the-key", "?token=the-tokem", "?token=%C3%A9"]
)
def test_another_token_opens_nothing(browser, query):
    reply = browser.get(f"/{query}")
    assert reply.status == 403
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize(
    "cookie", [None, "", "mlflow-explain=", "mlflow-explain=the-token", "other=the-key", "\x01=;;"]
)
@pytest.mark.parametrize(
    "path", ["/", "/models", "/nosuch", "/run/a", "/page/a/b/kept", "/compare"]
)
def test_every_path_needs_the_cookie(browser, path, cookie):
    reply = browser.get(f"{ROOT}{path}", cookie=cookie)
    assert reply.status == 403
    assert "boosting" not in reply.text


def test_what_is_sent_needs_the_cookie_too(live, store):
    path = f"{ROOT}/live/{store.credit.run_id}/{store.credit.id}/predict"
    assert live.post(path, {"columns": {}}, cookie=None).status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5055", "127.0.0.1.evil.example:5055", "0.0.0.0:5055",
             "", "[::1]:5055", "127.0.0.1@evil.example", "localhost.evil.example"],
)  # fmt: skip
@pytest.mark.parametrize("path", [f"{ROOT}/", "/?token=the-token"])
def test_a_name_that_was_bound_to_this_machine_is_refused(browser, host, path):
    reply = browser.get(path, host=host)
    assert reply.status == 421
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize(
    "host", ["127.0.0.1:5055", "localhost:5055", "localhost:6000", "127.0.0.1"]
)
def test_this_machine_is_answered_through_a_forwarded_port_too(browser, host):
    assert browser.get(f"{ROOT}/models", host=host).status == 200


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:6000", f"https://{HOST}",
               f"http://{HOST}.evil.example"],
)  # fmt: skip
def test_only_pages_of_ours_send_anything(live, store, origin):
    path = f"{ROOT}/live/{store.credit.run_id}/{store.credit.id}/predict"
    reply = live.post(path, {"columns": {}}, origin=origin)
    assert reply.status == 403
    assert reply.json == {"message": "Another page asked for this."}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_pages_embed_nothing_of_ours(browser, site):
    asked = {"sec_fetch_site": site, "sec_fetch_mode": "no-cors"}
    assert browser.get(f"{ROOT}/models", **asked).status == 403
    opened = {"sec_fetch_site": site, "sec_fetch_mode": "navigate"}
    assert browser.get(f"{ROOT}/models", **opened).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_length": None}, 411),
        ({"content_length": "-1"}, 411),
        ({"content_length": str(MOST_BYTES + 1)}, 413),
        ({"content_length": "9" * 400}, 413),
    ],
)
def test_bodies_are_bounded_and_are_json(live, store, headers, status):
    path = f"{ROOT}/live/{store.credit.run_id}/{store.credit.id}/predict"
    reply = live.post(
        path, {"columns": {}}, **{k.replace("_", "-"): None for k in headers} | headers
    )
    assert reply.status == status


def test_every_reply_says_what_it_may_do(browser, store):
    one = f"{store.credit.run_id}/{store.credit.id}"
    for path in ("/", "/nosuch", f"{ROOT}/", f"{ROOT}/nosuch", f"{ROOT}/models",
                 f"{ROOT}/run/{store.credit.run_id}", f"{ROOT}/explanation/{one}",
                 f"{ROOT}/page/{one}/kept", f"{ROOT}/page/{one}/new", f"{ROOT}/run/nosuch",
                 f"{ROOT}/live/{one}"):  # fmt: skip
        headers = browser.get(path).headers
        assert headers["content-security-policy"].count("default-src 'none'") == 1, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
    lists = browser.get(f"{ROOT}/").headers["content-security-policy"]
    assert "script-src" not in lists
    assert "frame-ancestors 'none'" in lists


def test_our_pages_have_no_script_and_the_styles_that_their_policy_names(browser, store):
    import base64
    import hashlib

    one, two = (f"{each.run_id}/{each.id}" for each in (store.credit, store.again))
    for path in ("/", "/models", f"/explanation/{one}", f"/compare?one={one}&one={two}"):
        reply = browser.get(f"{ROOT}{path}")
        assert reply.status == 200
        assert "<script" not in reply.text
        assert " style=" not in reply.text
        for style in re.findall(r"<style>(.*?)</style>", reply.text, re.DOTALL):
            digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in reply.headers["content-security-policy"]


def test_secrets_are_new_at_each_start_and_never_printed():
    one, two = Access(), Access()
    assert len({one.token, one.key, one.place, two.token, two.key, two.place}) == 6
    assert one.token not in repr(one)
    assert one.key not in repr(one)


def test_there_is_no_description_of_the_application(browser):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert browser.get(path, cookie=None).status == 403
        assert browser.get(path).status == browser.get(f"{ROOT}{path}").status == 404


def test_other_methods_are_refused(browser):
    assert browser.ask("DELETE", f"{ROOT}/", b"", {}).status == 403
    origin = {"origin": f"http://{HOST}", "content-type": "application/json", "content-length": "0"}
    assert browser.ask("PUT", f"{ROOT}/", b"", origin).status == 405
    assert browser.ask("POST", "/?token=the-token", b"", origin).status == 405
