"""One writer per format over the finished values of `record`."""
