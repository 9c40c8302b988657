"""How fast the product is, beside other things measured in the same run (`make bench`).

``client`` sends, ``journeys`` says what a person sends, ``servers`` starts what is measured
(``serve`` is their other end, ``peer`` the Django wizard), ``bare`` commits without a server,
``measures`` runs the rounds, ``table`` prints them. Never part of the timed tests.
"""
