"""Tests each operation of the API with good and bad requests; answers must be as the description says.

Fails also if an operation or an important status was not met, unless the arguments name tests.
"""
import sys
import unittest

from api_case import ApiCase
from explanation_cases import Explanations
from feedback_cases import Compatible, Feedback
from image_cases import Images, Overview
from search_cases import Search

__all__ = ["Compatible", "Explanations", "Feedback", "Images", "Overview", "Search"]


if __name__ == "__main__":
    with ApiCase.serving():
        succeeded = unittest.main(exit=False).result.wasSuccessful()
    missing = ApiCase.missing_answers() if succeeded and len(sys.argv) == 1 else []
    if missing:
        print("these answers were not tested:", *missing, sep="\n", file=sys.stderr)
    sys.exit(0 if succeeded and not missing else 1)
