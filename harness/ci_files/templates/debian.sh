apt-get update
apt-get install --yes --no-install-recommends ca-certificates git python3 python3-venv xz-utils zstd
