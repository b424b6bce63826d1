"""What was known of a site, and when: its readings, what each of them changed, the versions of its profile.

Leaves when the next reading is due to `ingestion.schedule`, and what is known now to `ingestion.repository`. The
repository writes it inside a reading's own transactions; the pages, the API and `ingestion.knowledge` may call it.
"""
