"""What readers of a run see: its events, folded, compacted, framed and read by a cursor.

Pure functions over events, the same in the browser (`static/js`). Where logs are kept is the store's matter, who
follows them the hub's and the client's.
"""
