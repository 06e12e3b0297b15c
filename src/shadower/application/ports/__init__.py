"""The roles the application needs played, one small Protocol each. Their docstrings are the contracts."""
