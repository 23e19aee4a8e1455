"""Which functions each test enters: a compact file per folder of tests, asked in both directions."""
