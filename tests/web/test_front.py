"""The front page, the language, the sign of life, the error pages and the headers."""

import uuid

from flask import Flask
from flask.testing import FlaskClient


def test_a_stranger_sees_the_plans(client: FlaskClient, plan_id: uuid.UUID) -> None:
    page = client.get("/").text
    assert "Weekly box" in page and "$26.00" in page and "every week" in page


def test_a_chinese_browser_reads_chinese(client: FlaskClient, plan_id: uuid.UUID) -> None:
    page = client.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
    assert "每周一盒" in page and 'lang="zh-CN"' in page and "选择你的节奏" in page


def test_a_chosen_language_stays(client: FlaskClient) -> None:
    answer = client.post("/language", data={"language": "zh-CN", "back": "/sign-in"})
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert "登录" in client.get("/sign-in").text


def test_the_language_switch_leads_nowhere_else(client: FlaskClient) -> None:
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert client.post("/language", data={"language": "en", "back": back}).location == "/"


def test_the_sign_of_life_answers(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_an_unknown_page_is_explained(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_a_form_without_its_token_is_refused_in_words(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/language", data={"language": "en"})
    assert answer.status_code == 400
    assert "gone stale" in answer.text


def test_no_page_runs_foreign_code(client: FlaskClient) -> None:
    headers = client.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    page = client.get("/").text
    assert " style=" not in page and " onclick=" not in page
