PATH="$HARNESS_HOME/bin:$PATH"
key=${CACHE:-llvm-patch-harness}
for version in $LLVM; do
  key+="-$(harness toolchain key --llvm "$version")"
done
echo "key=$key" >> "$GITHUB_OUTPUT"
