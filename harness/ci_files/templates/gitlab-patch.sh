git fetch --quiet --depth=1 origin "$CI_MERGE_REQUEST_DIFF_BASE_SHA"
git diff --binary --no-ext-diff --no-textconv "$CI_MERGE_REQUEST_DIFF_BASE_SHA" HEAD > "$PATCH"
