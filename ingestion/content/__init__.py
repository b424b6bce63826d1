"""A page's HTML made into text, links, dates and passages, and the signs that it addresses a model.

Which blocks are the main text is left to `ingestion.maintext`, other formats to `ingestion.formats`, and the processes
in which all of it runs to `ingestion.parser`. Every room of `ingestion` but `text` and `web` may call it; it touches no
row.
"""
