"""The Django project: settings, addresses, the launch commands. Knows every app; no app knows it.

`launching` starts every process of `manage.py up`, `serving` is the web server, `middleware` stands around each
request, `accounts` lets people in, `configuration` reads what an operator sets.
"""
