"""What the API plane uses: start runs, send them signals, fork and retry them, read them, explain why they wait.

Runs nothing itself: the fleet takes the runs that it hands out. Views, commands and services call `Engine`.
"""
