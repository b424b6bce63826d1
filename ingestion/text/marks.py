"""How a page's text marks what its layout shows. Whoever writes or reads such text has these from here."""

HEADING = "## "
FENCE = "```"
"""The line before and behind code."""
CELL = " | "
"""Between the cells of a row, which is a line."""
