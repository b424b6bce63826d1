"""Which runs are meant: filters as they stand in an address, the query that they are, and the pages of what they give.

`filters` reads an address, `selection` turns what was read into a query, `paging` walks it. All rooms of the dashboard
may use these, to link to the list and to act on what it shows. Draws nothing and acts on nothing.
"""
