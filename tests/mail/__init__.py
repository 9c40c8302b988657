"""Letters: the outbox, a real mail server, the desk's page."""
