"""Asking a site for things: which addresses, how fast, by whose rules; robots.txt and sitemaps are read here.

What a page says is left to `ingestion.content`; the guarded client itself is the library's (`genisys.net`).
Everything in `ingestion` may call it; it touches no row.
"""
