"""The pages of the desk, gathered into one blueprint."""

from intake.review.views import acts, download, queue, submission
from intake.review.views.common import blueprint

__all__ = ["acts", "blueprint", "download", "queue", "submission"]
