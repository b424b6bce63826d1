"""Finding passages by what people ask: by words, by meaning, on SQLite and on PostgreSQL alike.

Owns how passages are indexed (`indexing`, `terms_field`), which the database proposes (`candidates`), how they are
ranked (`ranking`), what stands for their meaning (`meaning`, by `encoder` and `model_file`), and the one function that
the writer, the site's page and the API call: `searching.search`. Whose sites may be searched is decided by the caller.
"""
