"""One folder per technology. Adapters never import one another; `container` and `wiring` alone choose among them."""
