"""The web application for tests: built once for each kind of shop, then given other tools."""

from dataclasses import dataclass
from typing import Any

from flask_openapi3.openapi import OpenAPI

from app.web.app import create_app
from app.web.limits import limiter
from app.wiring.tools import Tools

ELSEWHERE = {"database_url", "redis_url", "stripe_api_base"}


@dataclass(frozen=True)
class Built:
    """An application as it was built, and its settings at that time."""

    app: OpenAPI
    config: dict[str, Any]


_BUILT: dict[str, Built] = {}


def app_for(tools: Tools, **config: Any) -> OpenAPI:
    """Return the application around `tools`, as fresh as a new one: building takes far longer."""
    kind = tools.settings.model_dump_json(exclude=ELSEWHERE)
    if kind not in _BUILT:
        app = create_app(tools)
        _BUILT[kind] = Built(app, dict(app.config))
    built = _BUILT[kind]
    built.app.config.clear()
    built.app.config.update(built.config | config)
    built.app.extensions["tools"] = tools
    built.app.extensions["webhooks"].extensions["tools"] = tools
    built.app.jinja_env.globals["shop"] = tools.units.shop
    limiter.reset()
    return built.app
