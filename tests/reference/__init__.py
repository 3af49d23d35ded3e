"""Results computed with R packages, and how tests compare with them."""
