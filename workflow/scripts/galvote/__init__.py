"""Galaxy morphology by the vote of several clusterers: the library of the workflow."""
