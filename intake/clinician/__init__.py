"""What clinicians decide: the rules and the articles that speak of them.

Doors: ``views`` (front; /staff/rules and /staff/articles), ``work`` (checks and replays that were
asked for there, done in a process of their own).
"""
