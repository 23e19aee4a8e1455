PATH="$HARNESS_HOME/bin:$PATH"
key=llvm-patch-harness
for version in $LLVM; do
  key+="-$(harness toolchain key --llvm "$version")"
done
echo "key=$key" >> "$GITHUB_OUTPUT"
