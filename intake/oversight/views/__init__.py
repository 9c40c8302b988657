"""The front door: dashboard, audit page, mail page."""

from intake.oversight.views import audit, audit_export, dashboard, mail
from intake.oversight.views.common import blueprint

__all__ = ["audit", "audit_export", "blueprint", "dashboard", "mail"]
