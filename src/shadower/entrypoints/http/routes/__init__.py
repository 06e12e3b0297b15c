"""The routes of the API, one module per subject. Handlers hold no logic: they hand on and they translate."""
