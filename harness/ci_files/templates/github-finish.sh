case $worst in
  0) result="ok" ;;
  1) result="not ok" ;;
  2) result="bad input" ;;
  3) result="does not apply or build" ;;
  *) result="no verdict" ;;
esac
echo "result=$result" >> "$GITHUB_OUTPUT"
