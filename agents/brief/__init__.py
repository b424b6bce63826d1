"""What a person wants of a post: the brief, what is asked back about it, and topics that the sites suggest.

`requests` is what the workflow `write-post` is asked: a topic, a `brief` and changes of the outline (`outlines`).
`fields` are the brief on a form, `asking` and `questions` what is asked back, `forbidden` takes out of a post what its
brief forbids, `angles` are the topics, which `knowledge` takes from the database and `api` gives out; the others are
pure. Asking itself is the workflow's (`genisys.request_input`). Everything else in `agents` may call this room; it
calls `agents.access`, `agents.grounding`, `agents.post` and `agents.text` alone.
"""
