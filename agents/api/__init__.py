"""The API of posts, part of the site's `/api/v1/`: their text and evidence, versions, edits, files, and revisions.

Leaves rows to `agents.editing` and files to `agents.export`; a changed post is a run of `agents.revising`.
`genisys_site.urls` alone mounts it.
"""
