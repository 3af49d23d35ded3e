"""Tests of the study; they mirror the package."""
