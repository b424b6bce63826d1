"""What every benchmark stands on: processes tied to it, a Redis, a PostgreSQL, an engine with workers, and how
figures are shown. It knows nothing of what is measured and imports no other room; each of them may call it."""
