"""An app whose one workflow asks a model again and again, for drills and for databases of other kinds."""
