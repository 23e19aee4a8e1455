"""Programs of ours that tests start often: a process that has loaded them forks for each call."""
