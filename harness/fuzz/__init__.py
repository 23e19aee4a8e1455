"""Random functions with patch points and stack maps, compiled and checked by oracles; what is wrong, reduced."""
