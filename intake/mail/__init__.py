"""Letters to staff and patients: an outbox written with the act, and the worker that sends it.

Offers ``store`` (put a letter in, try again, drop), ``desk`` (counts and dead letters), ``worker``
and ``transport``.
"""
