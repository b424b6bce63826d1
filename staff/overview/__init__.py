"""The first page of the dashboard: what needs a person now, each line with the way to the runs that it speaks of.

`attention` decides from plain facts what is worth a line, `facts` reads these: one query each, however many runs there
are. Acts on nothing.
"""
