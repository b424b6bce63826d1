"""What a person wants of a post: the brief, what is asked back about it, and topics that the sites suggest.

Pure but for `fields`, which are a form's, `knowledge`, which takes the suggestions from the database, and `api`, which
gives them out. Asking itself is the workflow's (`genisys.request_input`). Everything else in `agents` may call this
room; it calls `agents.access` and `agents.text` alone.
"""
