"""The peer: the same questions as a Django wizard, as its manuals show it, untuned both ways.

Two forms of it: ``/check/<step>/`` redirects after each answer (NamedUrlCookieWizardView),
``/plain/`` answers with the next page at once (CookieWizardView). The middleware is what
``startproject`` writes, the form what ``{{ wizard.form }}`` renders. As in the product, nothing is
stored until the end; then one submission and one event are committed in one durable SQLite
transaction, though nothing is encrypted or decided.
"""

# Django and formtools carry no types.
# mypy: disable-error-code="import-untyped, misc, attr-defined"

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

HERE = Path(__file__).resolve().parent


def configure(folder: Path) -> None:
    """Set Django up on ``folder``, which holds ``questions.json`` and will hold the database."""
    os.environ["PEER_FOLDER"] = str(folder)
    settings.configure(
        SECRET_KEY="only for a benchmark on this machine, never for people",
        DEBUG=False,
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        ROOT_URLCONF="tests.benchmarks.peer.views",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "formtools",
            "tests.benchmarks.peer",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [str(HERE)],
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "peer.sqlite3"),
                "CONN_MAX_AGE": None,
                "OPTIONS": {
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
                    "transaction_mode": "IMMEDIATE",
                    "timeout": 5,
                },
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_I18N=False,
        USE_TZ=True,
        LOGGING_CONFIG=None,
    )
    django.setup()


def prepare(folder: Path) -> None:
    """Make the database, once, before any worker starts."""
    configure(folder)
    from django.db import connection  # needs the settings

    from tests.benchmarks.peer.models import Event, Submission

    with connection.schema_editor() as editor:
        editor.create_model(Submission)
        editor.create_model(Event)
    connection.close()


def application() -> Any:
    """The WSGI application of one worker, which inherits the settings."""
    return get_wsgi_application()
