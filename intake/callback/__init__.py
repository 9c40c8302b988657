"""The call: a window, "as soon as you can", or the person calls; and the urgent request.

Doors: ``views`` (the front door) and ``crisis`` (the crisis page with its call request, which
the check shows at /eligibility/help). ``readings``, ``offers`` and ``phrases`` are pure.
"""
