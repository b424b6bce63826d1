"""What a post is written from: pieces of evidence, their order, and which section gets which. Pure.

Finding them is the database's business (`agents.research.rows`), writing from them that of `agents.writing`.
Everything else in `agents` may call it; it calls `agents.text` alone.
"""
