"""A picture of every page and state of the product, and the installation that they are taken of.

`shots` lists them, and the addresses that have no page; a test holds the list to the routes. `installation` fills a
database with what is over (`recorded` makes whole runs of a short script), `live` starts what is under way. `camera`
takes the pictures: `make images` writes them into docs/images.
"""
