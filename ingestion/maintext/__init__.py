"""Which of a page's text is its own: the tree without what people cannot see, its blocks, and the choice among them.

Owns the judgement of each block (is it the page's matter, or navigation, banner, comment, related post?) and how what
was chosen is written: headings, lists with their numbers, tables with all their cells, code with its lines. Leaves the
bytes, the title, dates and links to `ingestion.content`, which alone may call it. Pure: no Django, no network, no files
but the weights beside it.
"""
