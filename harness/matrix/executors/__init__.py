"""Where the cells of a matrix are evaluated: on this machine, or on a cluster."""
