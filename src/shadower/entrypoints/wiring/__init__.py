"""One module per technology, imported only when the settings choose it: an extra not installed is not needed."""
