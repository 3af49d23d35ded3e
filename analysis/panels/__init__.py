"""What a panel distorts, and how it is put right: weights, inequality, errors, thresholds."""
