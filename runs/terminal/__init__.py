"""Runs in a terminal: how commands find, start, watch and describe them.

Leaves starting and changing to the service. The commands in `management/commands`, of this app and of the products,
call it.
"""
