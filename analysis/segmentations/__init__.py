"""Ways to segment authors, and how their quality is judged."""
