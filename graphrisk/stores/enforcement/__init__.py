"""What enforcement keeps beside the workspace's database: ledger, plans, packages, keys, state."""
