"""The demo: two made-up companies whose agents never stop working. Nothing here is used by a real server."""
