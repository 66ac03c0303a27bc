"""The eval harness: how good the answers are, how sure that is, and why each failure failed."""
