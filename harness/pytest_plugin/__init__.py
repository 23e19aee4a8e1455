"""The pytest plugin: lit tests, a patch's tests on both sides, and a matrix's cells as items."""

# What a worker of pytest-xdist finds in its `workerinput`: the folder that all workers of a run share.
WORKER_INPUT = "llvm_patch_harness"
