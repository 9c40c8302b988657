"""What the peer keeps of a finished wizard."""

# Django and formtools carry no types.
# mypy: disable-error-code="import-untyped, misc, attr-defined"

from __future__ import annotations

from django.db import models


class Submission(models.Model):
    """One finished wizard."""

    id = models.CharField(max_length=32, primary_key=True)
    submitted_at = models.DateTimeField(db_index=True)
    outcome = models.CharField(max_length=16)
    answers = models.JSONField()


class Event(models.Model):
    """One event about a submission."""

    at = models.DateTimeField()
    name = models.CharField(max_length=40, db_index=True)
    subject = models.CharField(max_length=32, db_index=True)
