"""What was judged before, and the page that shows it to LLVM's reviewers."""
