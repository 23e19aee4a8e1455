"""Which lines tests execute: clang's source-based coverage, joined with what a patch adds or changes."""
