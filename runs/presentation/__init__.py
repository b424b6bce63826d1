"""A run in words and marks for people, the same everywhere: stages, retries, times, Markdown made safe.

Pure: the same row and fold give the same. Leaves reading them to `record`. Pages, staff, mail and the terminal show
what it returns; products may render their texts with `markdown`.
"""
