"""Links that show one run to whoever holds them: made, listed and revoked by those who may, and the page they open.

Leaves what the page shows to `presentation` and to the run's product. Reached by URLs; the run's own page lists its
links.
"""
