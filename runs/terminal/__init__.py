"""Runs in a terminal: how commands find, start, watch and describe them.

The commands stand in `management/commands` of each app and call this.
"""
