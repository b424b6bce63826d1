"""The list of all runs: what it is narrowed by, the page of it, its export, its failures by cause, its saved views.

`filters` reads an address, `selection` turns what was read into a query, `paging` walks it. Other rooms of the
dashboard may use these three, to link to the list and to act on what it shows; they draw nothing and act on nothing.
"""
