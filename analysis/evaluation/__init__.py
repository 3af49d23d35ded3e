"""Judging methods by the truth that a sample plants; nothing else reads that truth."""
