python3 -m venv "$HARNESS_HOME"
pip=("$HARNESS_HOME/bin/python" -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" --require-hashes -r "$GITHUB_ACTION_PATH/requirements.lock"
"${pip[@]}" --no-deps --no-build-isolation "$GITHUB_ACTION_PATH"
