PATH="$HARNESS_HOME/bin:$PATH"
mkdir -p "$REPORTS"
worst=0
for version in $LLVM; do
  report="$REPORTS/llvm-$version"
  code=0
  harness check --llvm "$version" --json "$report.json" --junit "$report.xml" --markdown "$report.md" \
    --annotations "$report.annotations" -- "$PATCH" || code=$?
  if [ "$code" -gt "$worst" ]; then worst=$code; fi
  @{shown}
done
@{finish}
exit "$worst"
