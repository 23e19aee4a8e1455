"""The times that `make bench` prints."""
