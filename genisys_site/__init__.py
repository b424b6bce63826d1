"""The Django project: settings, addresses, the launch commands. Knows every app; no app knows it."""
