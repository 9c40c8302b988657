"""Puts the house together: configuration, database, common parts, rooms. Nothing else."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from intake import db, logs, rulebook, schema, visit, web
from intake.accounts import at_desk, gate
from intake.accounts.views import blueprint as accounts
from intake.articles.views import blueprint as articles
from intake.callback.views import blueprint as callback
from intake.clinician.views import blueprint as clinician
from intake.config import Settings
from intake.crypto import read_key_file
from intake.errors import SetupError
from intake.mail import transport
from intake.oversight.views import blueprint as oversight
from intake.practice import read_practice
from intake.questionnaire.views import blueprint as questionnaire
from intake.resources import templates_folder
from intake.review.views import blueprint as review
from intake.site.views import blueprint as site

ROOMS = (site, articles, questionnaire, callback, accounts, review, clinician, oversight)


def create_app(settings: Settings, engine: Engine | None = None) -> Flask:
    """Make the application for ``settings``; ``engine`` where one is at hand.

    Raises ``SetupError`` with one line that says what is wrong and how to mend it.
    """
    logs.init()
    app = Flask("intake", template_folder=str(templates_folder()), static_folder=None)
    keys = read_key_file(settings.keys_file)
    app.extensions["settings"] = settings
    app.extensions["keys"] = keys
    facts = read_practice(settings.practice_file, trial=settings.loopback)
    app.extensions["practice"] = facts
    transport.sender_of(settings, facts)
    app.config["WTF_CSRF_SECRET_KEY"] = keys.secret("csrf")
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own way to add middleware
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0
        )
    engine = engine or db.engine_for(settings.database_url)
    schema.check(engine)
    db.init(app, engine)
    web.init(app)
    visit.init(app)
    with Session(engine) as session:
        rulebook.init(app, session)
    gate.init(app)
    app.extensions["current_actor"] = at_desk.signed_in
    for room in ROOMS:
        app.register_blueprint(room)
    app.extensions["readiness"] += [
        ("database", lambda: db.ping(engine)),
        ("migrations", lambda: schema.check(engine)),
        ("keys", lambda: read_key_file(settings.keys_file)),
    ]
    _closed_by_default(app)
    return app


def _closed_by_default(app: Flask) -> None:
    """Refuse to start with a view that does not say who may open it."""
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if getattr(view, "access", None) is None
    ]
    if silent:
        raise SetupError(f"These views do not say who may open them: {', '.join(silent)}.")
