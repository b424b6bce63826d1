"""What readers of a run see: its events, folded, compacted, framed and read by a cursor.

Pure functions over events, the same in the browser (`static/js`). The store keeps logs, the hub and the client follow
them.
"""
