"""What came of a page: is it one, or a wall, an error, a parked domain, an empty shell? Judged before a model is paid.

Owns the outcomes, the signs for and against each, and their reasons in words. Several signs must agree, and what a page
has to say counts against all of them: a page about captchas is a page. Leaves asking to `ingestion.web` and keeping to
`ingestion.repository`. `ingestion.content` collects the evidence, `ingestion.steps` asks for the judgement. Pure.
"""
