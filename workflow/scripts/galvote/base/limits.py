"""Limits that keep memory bounded, whatever a file's header promises."""

LARGEST_IMAGE = 2**24  # px of an image of one galaxy, 4096 x 4096
