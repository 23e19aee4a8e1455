python3 -m venv "$HARNESS_HOME"
"$HARNESS_HOME/bin/python" -m pip install --quiet --disable-pip-version-check "$HARNESS"
