PATH="$HARNESS_HOME/bin:$PATH"
mkdir -p "$REPORTS" "$(dirname "$HARNESS_HISTORY")"
asked=(--only "$LLVM")
if [ -n "$RECIPE" ]; then asked+=(--recipe "$RECIPE"); fi
code=0
harness matrix "${asked[@]}" --json "$REPORTS/matrix.json" --junit "$REPORTS/matrix.xml" \
  --markdown "$REPORTS/matrix.md" || code=$?
if [ -f "$REPORTS/matrix.md" ]; then
  cat "$REPORTS/matrix.md" >> "$GITHUB_STEP_SUMMARY"
else
  echo "## LLVM $LLVM: no report, exit code $code" >> "$GITHUB_STEP_SUMMARY"
fi
exit "$code"
