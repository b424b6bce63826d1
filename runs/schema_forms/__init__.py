"""Forms made of a JSON Schema: which field stands for which part, and the JSON data that was filled in.

Owns the fields and what is read from them. Leaves to others whose data it is, whether it may be sent, and the last
word on whether it fits: the type that the schema was made of. `pages` uses it, for a workflow's input and for answers.
"""
