"""The OpenAPI description, completed: examples, and code to copy."""
