"""Random functions with patch points and stack maps, checked by oracles; what is wrong, reduced."""
