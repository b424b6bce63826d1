"""The pages of runs: views and the forms on them, shared links, and signed addresses of questions.

Reads through the service and the record, writes through the service alone, shows what `presentation` returns.
"""
