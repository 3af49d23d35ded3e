"""Named queries, their declared columns and how they are fetched."""
