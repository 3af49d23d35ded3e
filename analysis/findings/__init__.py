"""What the study asks of a source: statistics put to extracts, and the claims they support."""
