"""The front door of the rules: read, compare, change, check, replay, sign; articles to confirm."""

from intake.clinician.views import articles, editing, movers, rules, running, signing
from intake.clinician.views.common import blueprint

__all__ = ["articles", "blueprint", "editing", "movers", "rules", "running", "signing"]
