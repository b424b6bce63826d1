"""What a stranger sees first: what this is, and a recorded run that the page replays.

The recording is the log of a real run, made by `manage.py record`. The page folds and draws it as a run's own page
does, and without a script it stands there finished.
"""
