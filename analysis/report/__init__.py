"""Figures, tables and the engines that render the book."""
