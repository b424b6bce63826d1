"""What a model is asked of the pages that were read, and how much of its answer stands.

The pages come from `ingestion.repository`, the order of the questions from `ingestion.steps`. `ingestion.steps` and
`ingestion.workflow` may call it; `EXTRACT` and the marks of a prompt are everybody's.
"""
