"""Question pages, rendered once per definition and then only filled in.

A page depends on the visitor in four places: the form token, the choices made, the caption and
the Back link. The template is rendered once and cut in those places; a request joins the
pieces. Errors use the template directly.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import current_app, render_template
from markupsafe import escape

from intake.eligibility import Definition, Question
from intake.web import csrf

CHECKED = re.compile(r" checked(?=>)")


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """The pieces of one question page; after ``head`` they alternate with the choices."""

    head: tuple[str, str, str, str]
    pieces: tuple[str, ...]
    codes: tuple[str, ...]

    def fill(self, caption: str, back: str, chosen: tuple[str, ...]) -> str:
        """The page for the visitor of this request."""
        a, b, c, d = self.head
        parts = [a, str(escape(back)), b, csrf.token(), c, str(escape(caption)), d]
        for code, piece in zip(self.codes, self.pieces, strict=True):
            parts.append(" checked" if code in chosen else "")
            parts.append(piece)
        return "".join(parts)


def question_page(definition: Definition, question: Question) -> QuestionPage:
    """The page of ``question``, cut once per process and version."""
    cut: dict[tuple[str, str], QuestionPage]
    cut = current_app.extensions.setdefault("question_pages", {})
    key = (definition.sha256, question.id)
    if key not in cut:
        cut[key] = _cut(definition, question)
    return cut[key]


def _cut(definition: Definition, question: Question) -> QuestionPage:
    """Render the template with marks, and cut it there and at this visitor's own token."""
    everything = tuple(choice.code for choice in question.choices)
    # Random, so that no text of the definition can hold them.
    caption, back = secrets.token_hex(16), "/" + secrets.token_hex(16)
    page = render_question(definition, question, caption, back, everything)
    first, *pieces = CHECKED.split(page)
    before_back, rest = first.split(back)
    before_token, rest = rest.split(csrf.token())
    before_caption, rest = rest.split(caption)
    return QuestionPage(
        head=(before_back, before_token, before_caption, rest),
        pieces=tuple(pieces),
        codes=everything,
    )


def render_question(
    definition: Definition,
    question: Question,
    caption: str,
    back: str,
    chosen: tuple[str, ...],
    error: str | None = None,
    *,
    for_caller: bool = False,
) -> str:
    """The question page by its template; ``for_caller``: staff enter it for somebody."""
    number = [each.id for each in definition.questions].index(question.id) + 1
    return render_template(
        "check/question.html",
        question=question,
        number=number,
        caption=caption,
        back=back,
        chosen=chosen,
        error=error,
        for_caller=for_caller,
    )
