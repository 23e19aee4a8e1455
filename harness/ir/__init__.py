"""LLVM IR as text: its tokens, what a fragment lacks, what old writers wrote (pure)."""
