"""The pages of runs: views and the forms on them, and signed addresses of questions. Shared links are `sharing`'s.

Reads by the record, writes by the service alone, shows what `presentation` returns. Reached by URLs; products use
`starting` for their own start pages.
"""
