"""Whether the links of a post lead anywhere: they are asked for, politely, and those that do not are told.

`steps` asks, `rows` knows which addresses were read of late and keeps what was found; what a post links to is said by
`agents.post.links`. What is done about a dead link is a person's to decide: nothing is taken out of a text here.
"""
