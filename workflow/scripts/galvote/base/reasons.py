"""Why galaxies take no part in the vote."""

# reason -> word for many of them, as they are told; of several the last one counts
NO_PART = {
    "unresolved": "unresolved",
    "star": "star-like",
    "undecided": "undecided",
}
ALWAYS = "undecided"  # even if stars and unresolved galaxies are included
