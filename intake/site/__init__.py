"""The standing pages: home, about, physician, rules, help lines, privacy, access, health.

Doors: ``views`` only. ``rules_page`` (pure) puts the live rules into the order that people read;
``readiness`` asks the parts of the house how they are.
"""
