"""An app as an author of workflows would add one, for the pages that start any workflow and show what came of it."""
