"""The practice's facts: one TOML file, read once, every mistake named."""

from intake.practice.facts import STATES, Licence, Practice, Span
from intake.practice.reader import CONFIRMABLE, WEEKDAYS, read_practice

__all__ = ["CONFIRMABLE", "STATES", "WEEKDAYS", "Licence", "Practice", "Span", "read_practice"]
