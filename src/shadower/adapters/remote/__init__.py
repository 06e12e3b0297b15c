"""Another Shadower, over HTTP."""
