"""Random functions with patch points and stack maps: checked by oracles, and reduced where they fail."""
