"""The API of posts, part of the site's `/api/`: their text and evidence, versions, edits, files, revisions, hand-overs.

Leaves rows to `agents.editing` and `agents.handover` and files to `agents.export`; a changed post is a run of
`agents.revising`. `genisys_site.urls` alone mounts it.
"""
