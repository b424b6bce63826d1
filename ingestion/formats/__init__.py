"""What bytes are, and what those say that are no web page: PDF, Word, plain text and Markdown.

Leaves HTML to `ingestion.content`, whose dates and signs of injection it uses. `ingestion.parser` alone may call what
reads a file; `kinds` is pure, and for everybody.
"""
