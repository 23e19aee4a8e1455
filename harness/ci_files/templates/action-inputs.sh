refuse() {
  echo "::error title=LLVM patch check::$1"
  exit 2
}
set -f
[ -n "$PATCH" ] || refuse "the input patch is empty; next: name a patch, a folder of patches or a series"
versions=()
for version in $LLVM; do
  [[ $version =~ ^[0-9]{1,3}([.][0-9]{1,3}){0,2}$ ]] \
    || refuse "the input llvm has a word that is no version; next: give versions such as 19 22"
  versions+=("$version")
done
if [ "${#versions[@]}" -lt 1 ] || [ "${#versions[@]}" -gt 12 ]; then
  refuse "the input llvm names ${#versions[@]} versions; next: name 1 to 12"
fi
{
  echo "llvm=${versions[*]}"
  echo "home=$RUNNER_TEMP/llvm-patch-harness/venv"
  echo "store=$RUNNER_TEMP/llvm-patch-harness/store"
  echo "reports=$RUNNER_TEMP/llvm-patch-harness/reports"
} >> "$GITHUB_OUTPUT"
