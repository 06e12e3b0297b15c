"""How values become text."""
