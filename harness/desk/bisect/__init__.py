"""The step that brings a failure."""
