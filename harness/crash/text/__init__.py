"""What a messy text - a mail, an issue, a CI log - says about a crash (pure)."""
