"""Builds the web application around a set of tools: sign-in, languages, guards, pages."""

from datetime import timedelta

from flask import Flask
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app.web.api.register import register_api
from app.web.doors import public, shop_now
from app.web.errors import init_errors
from app.web.front import front
from app.web.headers import init_headers
from app.web.i18n import init_languages
from app.web.limits import limiter
from app.web.portal.register import register_portal
from app.web.security import init_security
from app.web.sign_in import bp as sign_in
from app.web.staff.register import register_staff
from app.web.webhooks import PREFIX, webhook_app
from app.web.words import init_words
from app.wiring.tools import Tools

csrf = CSRFProtect()


def create_app(tools: Tools) -> OpenAPI:
    """Return the application of one shop; every view finds `tools` through `doors.tools()`."""
    app = OpenAPI(
        "app.web",
        info=Info(title="Boxwright", version="1"),
        doc_ui=False,
    )
    app.extensions["tools"] = tools
    configure(app, tools)
    csrf.init_app(app)
    limiter.init_app(app)
    init_security(app, tools)
    init_languages(app, tools.settings.home)
    init_words(app)
    init_headers(app)
    init_errors(app)
    app.register_blueprint(front)
    app.register_blueprint(sign_in)
    register_portal(app)
    register_api(app, csrf, tools.settings.sandbox)
    register_staff(app)
    app.jinja_env.globals.update(
        shop=tools.units.shop, sandbox=tools.settings.sandbox, shop_now=shop_now
    )
    let_files_out(app)
    app.extensions["webhooks"] = doors = webhook_app(tools)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {PREFIX: doors})  # type: ignore[method-assign]  # the way Flask documents
    return app


def configure(app: Flask, tools: Tools) -> None:
    """Set the web's own settings; cookies are sent over TLS only where the shop has it."""
    settings = tools.settings
    secure = not settings.sandbox or settings.base_url.startswith("https:")
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SESSION_COOKIE_NAME="boxwright",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=secure,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        RATELIMIT_STORAGE_URI=tools.counters,
        RATELIMIT_SWALLOW_ERRORS=True,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def let_files_out(app: Flask) -> None:
    """Guard the route of the stylesheet and its like, which Flask itself adds."""
    app.view_functions["static"] = public(app.view_functions["static"])
