"""Selection and measurement biases of panels, and the weights that correct them."""
