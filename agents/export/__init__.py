"""A post for readers elsewhere: as HTML, as a Word file, by a link.

`page` and `word` are pure, `links` keeps the links, `views` hands all of it out.
"""
