"""Staff: sign-in with two steps, roles, and the gate before every page below /staff.

Doors: ``views`` (front), ``store`` (people: invite, roles, disable, reset, enrol), ``gate`` (the
marks that open a staff view, and who is signed in), ``passwords`` (the password hasher),
``sessions`` and ``factors`` (where a person is signed in, and what they hold).
Everything else is private to the room.
"""
