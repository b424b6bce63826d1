"""Money and time: what runs cost, how long they took and how many failed, by workflow, person, model and day.

Owns a narrow ledger of finished runs (`ledger`, one row for a run and one for each model that it asked), since the
record's own rows are wide and their steps many; the sums over it (`sums`), what is said of them (`rows`: pure), and the
page. What is not known is counted apart, and never taken for 0.
"""
