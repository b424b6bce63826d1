"""How the admin writes times: as all other pages do. Where Django looks for it: FORMAT_MODULE_PATH."""
