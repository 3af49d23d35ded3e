"""Faults, bad input, secrets and personal data: what the study must survive and never show."""
