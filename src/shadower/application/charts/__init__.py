"""Charts as Vega-Lite specifications, built by pure functions and rendered alike in a page, a notebook or a PDF."""
