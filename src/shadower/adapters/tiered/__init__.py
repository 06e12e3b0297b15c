"""A cache of two tiers, of which the second may be away."""
