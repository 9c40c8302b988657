"""Opening hours and what follows from them.

Doors: ``slots`` (pure: hours, zones, now -> opening spans and bookable windows), ``due`` (pure:
business hours and due times), ``words`` (pure: hours, windows and zones as people say them) and
``store`` (the practice file's hours as a ``Schedule``).
"""
