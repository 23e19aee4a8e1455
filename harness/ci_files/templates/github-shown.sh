if [ -f "$report.md" ]; then
  cat "$report.md" >> "$GITHUB_STEP_SUMMARY"
else
  echo "## LLVM $version: no report, exit code $code" >> "$GITHUB_STEP_SUMMARY"
fi
if [ -f "$report.annotations" ]; then
  cat "$report.annotations"
fi
