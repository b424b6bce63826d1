"""What a process is given from outside: environment variables, files under GENISYS_HOME, and log lines without secrets.

Leaves what Django makes of it to `settings.py`. Every other room may call it.
"""
