"""Figures, tables and the engines that render the book."""

from analysis.report.inline import print_texts_as_they_are

print_texts_as_they_are()
