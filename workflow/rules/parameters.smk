# Parameters of the rules and inputs that the config chooses.
from functools import cache

IMAGE_STAGES = ["cutouts", "denoised", "polar"]  # each made from the one before


def frame_paths():
    """List the FITS files of all sources, once each."""
    frames = [s["path"] for s in SOURCES.values() if s["kind"] == "frames"]
    return sorted(set(frames))


def image_checksums():
    """List the checksums of all images in tables: a new image is cut out anew."""
    names = [s["name"] for s in SOURCES.values() if s["kind"] == "images"]
    return [f"{RESULTS}/sources/{name}.sha256" for name in names]


def segment_maps():
    """List the segmentation maps of all sources, where neighbours are to be hidden."""
    if not config["cutouts"]["hide_neighbours"]:
        return []
    return [f"{RESULTS}/sources/{name}.segments.fits" for name in SOURCES]


@cache
def table_digest(path, what, *arguments):
    """Digest a table of images; pandas is loaded only where there is one."""
    from galvote import image_tables

    return getattr(image_tables, what)(path, *arguments)


@cache
def frame_digest(path):
    """Digest a frame, so that one with an older date is noticed, too."""
    from galvote.checksums import sampled_digest

    return None if path == SAMPLE else sampled_digest(Path(path))


def only(source, *keys):
    """Keep those keys of a source that it has."""
    return {key: source[key] for key in keys if key in source}


def detection_settings(name):
    """Choose what finding the galaxies of one source depends on.

    A table counts by its images, so that its other columns leave the galaxies alone.
    """
    source = only(
        SOURCES[name], "name", "kind", "path", "hdu", "psf_fwhm", "saturation"
    )
    if source["kind"] == "frames":
        frame = frame_digest(source["path"])
        return settings("detection", source=source, frame=frame)
    record = f"{RESULTS}/sources/{name}.sha256"
    images = table_digest(source["path"], "images_digest", record)
    return settings(source=source, images=images)


def catalog_settings():
    """Choose what the catalogue adds to the galaxies: magnitudes, the user's columns."""
    keys = ("name", "kind", "path", "zero_point", "label_column")
    sources = [only(source, *keys) for source in SOURCES.values()]
    columns = {
        source["name"]: table_digest(
            source["path"], "columns_digest", source["label_column"]
        )
        for source in sources
        if source["kind"] == "images"
    }
    return settings(sources=sources, columns=columns)


def cutout_settings():
    """Choose what the cutouts depend on."""
    keys = ("name", "kind", "path", "hdu", "stretch", "crop")
    sources = [only(source, *keys) for source in SOURCES.values()]
    box = config["detection"]["background_box"]
    digests = json.dumps([frame_digest(path) for path in frame_paths()])
    frames = hashlib.sha256(digests.encode()).hexdigest()[:16]
    return settings("cutouts", sources=sources, background_box=box, frames=frames)


def truth_settings():
    """Choose what the true classes depend on: the images' names and their labels."""
    keys = ("name", "path", "label_column")
    sources = [only(source, *keys) for source in LABELLED]
    labels = [
        table_digest(s["path"], "labels_digest", s["label_column"]) for s in sources
    ]
    return settings(sources=sources, labels=labels)


def encoder_folder():
    """Name the encoder's folder: its name, and a digest of the weights' path if given."""
    name, weights = config["codes"]["encoder"], config["codes"]["weights"]
    if weights is None:
        return name
    return f"{name}-{hashlib.sha256(weights.encode()).hexdigest()[:8]}"


def weight_files():
    """List the encoder's weight file, or the files of their folder."""
    weights = config["codes"]["weights"]
    if weights is None:
        return []
    place = Path(weights)
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return [str(file) for file in files if file.is_file()]


def encoded_stages():
    """List the stages whose images are encoded, view by view."""
    return [
        "cutouts" if view == "cutout" else view for view in config["codes"]["views"]
    ]


def rejects_before_codes():
    """List the reject lists of the stages that the encoded images went through."""
    last = max(IMAGE_STAGES.index(stage) for stage in encoded_stages())
    stages = IMAGE_STAGES[: last + 1]
    return [f"{RESULTS}/{stage}/{{shard}}.rejects.csv" for stage in stages]


def half_turn():
    """Tell whether a polar image may begin at either end of the galaxy's axis."""
    polar = "polar" in config["codes"]["views"]
    return polar and config["polar"]["zero_angle"] == "moments"


def cluster_settings(model):
    """Choose what one clustering depends on: K, its own section, a seed if it draws."""
    section = config["clustering"]
    more = {"seed": config["seed"]} if model in SEEDED_MODELS else {}
    return settings(k=section["k"], model=section.get(model, {}), **more)


def vote_settings():
    """Choose what the vote depends on, `all` written as a number."""
    wanted = config["vote"]["min_votes"]
    min_votes = len(MODELS) if wanted == "all" else wanted
    return settings("vote", models=MODELS, min_votes=min_votes)


def evaluation_settings():
    """Choose what the judging depends on: its own section, the models and the vote."""
    section = config["clustering"]
    return settings(
        "evaluation",
        k=section["k"],
        **vote_settings(),
        **{model: section.get(model, {}) for model in MODELS},
    )
