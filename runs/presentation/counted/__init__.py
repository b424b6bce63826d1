"""How far counted work is, and the steps of one component. Pure.

Owns counts, paces and lists of single steps; the lines beside the work, which join steps, are `presentation.stages`'.
"""
