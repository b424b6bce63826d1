"""A page's HTML as a tree, and that tree as people see it: parsed once, without what is hidden, banners and comments.

Owns what names in the markup mean, what hides an element, and how tables and code are read off their elements. Leaves
the choice among blocks to `ingestion.maintext` and the rest of a page to `ingestion.content`, which alone may call it.
Pure.
"""
