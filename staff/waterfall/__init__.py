"""How a run's steps are laid out for the eye: which rows, in which order, with bars where on the axis. Pure.

Knows no request and no database: `staff.trace` gives it the steps and takes the lines. Leaves out what went in and out
of a step.
"""
