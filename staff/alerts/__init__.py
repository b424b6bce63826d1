"""Alerts: what operators must know without looking, told once when it begins and once when it is over.

Owns the rules (`rules`: pure), the facts they judge (`facts`), the episodes and who is told of them (`episodes`,
`models`), the words (`message`: pure), the sending (`sending`), and the page. The control plane's clock calls `tick`
each minute. Any number of clocks may tick: an episode is one row, and each telling is taken by one of them.
"""
