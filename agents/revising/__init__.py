"""The workflow `revise-post`: sections of a written post rewritten as a person asks, over the same evidence.

`workflow` holds the order, `steps` the calls, `rows` the post's rows, `prompt` what the model is asked; `views` starts
it. What a text is held against is `agents.steps.reply_check`'s, how versions are kept `agents.editing.versions`'s.
"""
