export HARNESS_HOME="$PWD/.llvm-patch-harness"
git fetch --quiet origin "refs/heads/$BUILDKITE_PULL_REQUEST_BASE_BRANCH"
git diff --binary --no-ext-diff --no-textconv FETCH_HEAD...HEAD > "$PATCH"
