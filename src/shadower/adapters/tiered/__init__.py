"""A cache of two tiers, of which the warm one may be away."""
