if [ -f "$report.md" ]; then
  style=success
  if [ "$code" -gt 0 ]; then style=error; fi
  buildkite-agent annotate --context "llvm-$version" --style "$style" < "$report.md"
fi
