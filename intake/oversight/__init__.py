"""What shows how the practice is doing, and who did what: dashboard, audit page, mail page."""
