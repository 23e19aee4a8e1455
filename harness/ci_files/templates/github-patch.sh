if [ -n "$NUMBER" ]; then
  # HEAD is the pull request merged into its base: what it changes is the difference to the first parent.
  git -c safe.directory="$PWD" diff --binary --no-ext-diff --no-textconv HEAD^1 HEAD > "$PATCH"
else
  # A new text changes nothing that is built: LLVM and its source are fetched, and no more.
  printf '%s\n' 'diff --git a/llvm/docs/CacheOnly.txt b/llvm/docs/CacheOnly.txt' 'new file mode 100644' \
    '--- /dev/null' '+++ b/llvm/docs/CacheOnly.txt' '@@ -0,0 +1 @@' '+Fills a cache.' > "$PATCH"
fi
