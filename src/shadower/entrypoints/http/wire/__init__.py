"""The schemas of the wire. Nothing of them leaks inwards, and no row of a store leaks out through them."""
