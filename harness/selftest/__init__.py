"""An overlay of nothing against the release: what it must not change."""
