"""How static files are named in a named deployment: by a hash of what they hold, and of what they import."""

from __future__ import annotations

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedModules(CompressedManifestStaticFilesStorage):
    """Compressed files under hashed names, ES modules included.

    Imports inside modules are written over with the hashed names. An import map could not do that: maps do not
    apply in workers, and a worker's own name has to change when anything that it imports does.
    """

    support_js_module_import_aggregation = True
