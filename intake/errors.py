"""Domain exceptions, named after what happened; others turn them into pages or exit codes."""


class IntakeError(Exception):
    """Base of all errors that the product raises on purpose."""


class SetupError(IntakeError):
    """The set-up is wrong; the message says what, and how to mend it (exit code 2)."""


class UnreadableRecord(IntakeError):
    """A sealed value does not open: moved, altered, or its key is not in the ring.

    The message names table, column and row, never the value.
    """


class Refused(IntakeError):
    """An act that the rules of the product do not allow; the message says why, in plain words."""


class NotFound(IntakeError):
    """Nothing is there for this person, whether it exists or not."""


class OutOfDate(IntakeError):
    """Somebody else changed the record since it was loaded."""


class TooMany(IntakeError):
    """A limit is reached.

    ``retry_after``: whole seconds until the next try can succeed.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"limit reached, retry in {retry_after} s")
        self.retry_after = retry_after
