"""One thing asked of many runs: previewed, confirmed, done by control in pieces, with a record of what came of each.

`preview` says what would be done and to how many, `asking` writes down what was confirmed, `doing` does it, called by
control's clock and by no request. What is done to a run goes through the services of `runs`, which audit it.
"""
