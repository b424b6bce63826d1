"""What is the same for every request and response: size, headers, the content policy and its reports.

Leaves sessions, forgery and signing in to Django, whose middleware `inline` runs without threads. Named in the
settings.
"""
