"""The front door of a small telehealth practice.

The rooms, from the street to the ground floor (imports point down only):

* ``cli`` - the console script; ``migrations`` - the database's history
* ``app`` - puts the house together; ``clock`` - what runs by time
* ``clinician`` - the rules as clinicians read, change, check, replay and sign them
* ``review`` - the desk: queue, submission page, callbacks, export
* ``questionnaire`` - the patient's check, one question a page
* ``callback`` - call now, or pick a window; the urgent call request
* ``site`` - home, about, help now, privacy and the other standing pages
* ``articles`` - the Markdown library and its pages
* ``accounts`` - sign-in, second factor, roles, team
* ``submissions`` - one sent check, its contact, callbacks, notes, status
* ``hours`` - opening hours and the windows that follow from them
* ``rulebook`` - the definition's versions, in the database and in memory
* ``visit`` - the sealed cookies: draft, receipt, staff session
* ``limits`` - rate limits
* ``audit`` - the events and their chain
* ``web`` - headers, input hygiene, error pages, assets
* ``crypto`` - key ring, sealed values, sealed tokens
* ``db`` - engine, base, request session; ``sqlite_queue`` - the line of SQLite's writers
* ``eligibility`` - the pure core: questions, path, rules, outcome

``config``, ``practice``, ``errors``, ``resources`` and ``logs`` import nothing of ours.
This file holds no code, so that the core loads without Flask.
"""
