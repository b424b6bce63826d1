"""A run in words and marks for people, the same everywhere: stages, retries, times, costs, Markdown made safe.

Pure: the same row and fold give the same. Pages, staff, mail and the terminal show what it returns.
"""
