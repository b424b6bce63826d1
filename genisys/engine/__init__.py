"""What the API plane holds: start runs, send them signals, fork and retry them, read them, say why they do not move.

Runs nothing itself: the fleet takes the runs that it hands out. Views, commands and services call `Engine`.
"""
