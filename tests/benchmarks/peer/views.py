"""The peer's forms, wizards and addresses."""

# Django and formtools carry no types.
# mypy: disable-error-code="import-untyped, misc, attr-defined"

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from formtools.wizard.views import CookieWizardView, NamedUrlCookieWizardView

from tests.benchmarks.peer.models import Event, Submission

QUESTIONS = json.loads((Path(os.environ["PEER_FOLDER"]) / "questions.json").read_text())
CHECK = "check"


def form_for(question: dict[str, Any]) -> type[forms.Form]:
    """The form of one question: radio buttons, or checkboxes where several may be chosen."""
    several = question["kind"] == "many"
    field = (forms.MultipleChoiceField if several else forms.ChoiceField)(
        choices=[tuple(choice) for choice in question["choices"]],
        widget=forms.CheckboxSelectMultiple if several else forms.RadioSelect,
        label=question["title"],
        help_text=question["hint"],
        error_messages={"required": question["error"]},
    )
    return type("QuestionForm", (forms.Form,), {"answer": field})


class CheckForm(forms.Form):
    """The last step: nothing to fill in."""


FORMS = [(each["id"], form_for(each)) for each in QUESTIONS] + [(CHECK, CheckForm)]
PLACES = {each["id"]: number for number, each in enumerate(QUESTIONS)}


class Steps:
    """What both wizards share."""

    template_name = "step.html"

    def get_context_data(self, form: forms.Form, **kwargs: Any) -> dict[str, Any]:
        """The page's own words: question, place, and on the last step all answers."""
        context: dict[str, Any] = super().get_context_data(form=form, **kwargs)
        step = self.steps.current
        if step == CHECK:
            given = {key: self.get_cleaned_data_for_step(key) for key in PLACES}
            context["rows"] = [(each["title"], labels(each, given)) for each in QUESTIONS]
        else:
            context["question"] = QUESTIONS[PLACES[step]]
            context["left"] = len(QUESTIONS) - PLACES[step]
        return context

    def done(self, form_list: list[forms.Form], **_: Any) -> HttpResponse:
        """Store the answers and one event, durably; say that they were sent."""
        answers = {form.prefix: form.cleaned_data["answer"] for form in form_list if form.fields}
        now = timezone.now()
        with transaction.atomic():
            sent = Submission.objects.create(
                id=uuid.uuid4().hex, submitted_at=now, outcome="talk_first", answers=answers
            )
            Event.objects.create(at=now, name="submission.sent", subject=sent.id)
        return render(self.request, "done.html")


def labels(question: dict[str, Any], given: dict[str, Any]) -> str:
    """The chosen answers of ``question`` in words."""
    chosen = (given[question["id"]] or {}).get("answer", "")
    return ", ".join(label for code, label in question["choices"] if code in chosen)


class RedirectWizard(Steps, NamedUrlCookieWizardView):
    """An address a step; each answer is followed by a redirect."""


class PlainWizard(Steps, CookieWizardView):
    """One address; each answer is answered with the next page."""


def start(request: HttpRequest) -> HttpResponse:
    """The page before the first question."""
    return render(request, "start.html")


urlpatterns = [
    path("", start),
    path("check/<step>/", RedirectWizard.as_view(FORMS, url_name="check"), name="check"),
    path("plain/", PlainWizard.as_view(FORMS)),
]
