"""What the tests stand on: a real PostgreSQL and a real browser, found or installed."""
