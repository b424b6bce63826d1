"""The pages on which a run of any workflow is started: what there is to start, and the form for each.

The form is `schema_forms`', the start `service`'s; products keep forms of their own. Reached by URLs alone.
"""
