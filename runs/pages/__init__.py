"""The pages of runs: views and the forms on them, shared links, and signed addresses of questions.

Reads by the record, writes by the service alone, shows what `presentation` returns. Reached by URLs; products use
`starting` for their own start pages.
"""
