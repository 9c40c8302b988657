"""The pure core: questions, path, rules, outcome; the standard library alone, no clock, no I/O.

The door: ``load`` a definition, walk the ``path``, take an ``answer``, ``decide``, ``explain``.
Whole modules are offered where their names read better with them: ``journey``, ``rules``,
``outcome``, ``explain``.
"""

from intake.eligibility import explain, journey, outcome, rules
from intake.eligibility.conditions import Answers
from intake.eligibility.definition import Definition
from intake.eligibility.explain import Reason, Told
from intake.eligibility.faults import DefinitionError, Problem
from intake.eligibility.journey import (
    AnswerError,
    AnswerErrorKind,
    Path,
    answer,
    on_path,
    path,
    valid,
)
from intake.eligibility.loader import load, packaged
from intake.eligibility.outcome import Decision, decide
from intake.eligibility.parts import (
    Choice,
    Consent,
    Effect,
    Flag,
    Kind,
    Outcome,
    Question,
    Rule,
    TrailRule,
    UnknownQuestion,
    UnknownRule,
    Urgent,
)
from intake.eligibility.proof import Found, Proof
from intake.eligibility.report import Report
from intake.eligibility.space import TooManyCombinations
from intake.eligibility.trail import Trail, TrailEntry

__all__ = [
    "AnswerError",
    "AnswerErrorKind",
    "Answers",
    "Choice",
    "Consent",
    "Decision",
    "Definition",
    "DefinitionError",
    "Effect",
    "Flag",
    "Found",
    "Kind",
    "Outcome",
    "Path",
    "Problem",
    "Proof",
    "Question",
    "Reason",
    "Report",
    "Rule",
    "Told",
    "TooManyCombinations",
    "Trail",
    "TrailEntry",
    "TrailRule",
    "UnknownQuestion",
    "UnknownRule",
    "Urgent",
    "answer",
    "decide",
    "explain",
    "journey",
    "load",
    "on_path",
    "outcome",
    "packaged",
    "path",
    "rules",
    "valid",
]
