"""Anonymous figures: how many people saw and answered each question, from which article.

No cookie, no address, nothing about a person, nothing that joins two steps of one person: numbers
a day, gathered in memory and written in batches. A process that is lost takes with it what it
gathered since its last batch, and nothing else. Offers ``note``, ``flush`` and ``store``.
"""

from intake.counters.store import flush
from intake.counters.tally import (
    NO_ARTICLE,
    NO_VERSION,
    Kind,
    note,
)

__all__ = ["NO_ARTICLE", "NO_VERSION", "Kind", "flush", "note"]
