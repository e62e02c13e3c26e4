# Parameters of the rules and inputs that the config chooses.
from functools import cache

USES_NETWORK = config["codes"]["encoder"] != HAND_MADE_ENCODER
KEEPS_FITTED = SOFT and USES_NETWORK and config["codes"]["measured"] == 0
IMAGE_STAGES = ["cutouts", "denoised", "polar"]  # each made from the one before


def source_files(source):
    """List the files that the images of a source are in; tables list theirs."""
    if source["kind"] in PICTURES:
        return []
    specs = [source.get(key) for key in ("path", "mask", "weight", "rms")]
    specs += [band["path"] for band in source.get("bands", [])]
    return [split_hdu(spec)[0] for spec in specs if spec]


def frame_paths():
    """List the FITS files of all sources, once each."""
    return sorted({path for s in SOURCES.values() for path in source_files(s)})


def names_of_frames():
    """List the sources whose galaxies were found in frames."""
    return [name for name, s in SOURCES.items() if s["kind"] not in PICTURES]


def truth_path(name):
    """Name the table of what simulated galaxies truly are."""
    return f"{RESULTS}/simulated/{name}.truth.parquet"


def tables_of(source):
    """List the tables that belong to a source: its listing, or positions."""
    if source.get("positions"):
        return [split_hdu(source["positions"]["path"])[0]]
    path = split_hdu(source.get("path", ""))[0]
    return [path] if source["kind"] in PICTURES and Path(path).is_file() else []


def image_checksums():
    """List the checksums of all images in tables: a new image is cut out anew."""
    names = [s["name"] for s in SOURCES.values() if s["kind"] in PICTURES]
    return [f"{RESULTS}/sources/{name}.sha256" for name in names]


@cache
def listing_digest(name, what, *arguments):
    """Digest a listing of images; pandas is loaded only where there is one."""
    from galvote.inputs import listings

    return getattr(listings, what)(SOURCES[name], *arguments)


@cache
def positions_digest(name, what):
    """Digest what a catalogue of positions says of places, or its other columns."""
    from galvote.inputs import positions

    return getattr(positions, what)(SOURCES[name]["positions"])


def check_tables():
    """Refuse tables that cannot be read, or lack a column, before anything runs."""
    for name, source in SOURCES.items():
        if source["kind"] in PICTURES:
            listing_digest(name, "columns_digest")
            if source["label_column"] is not None:
                listing_digest(name, "labels_digest")
        elif source.get("positions"):
            positions_digest(name, "places_digest")


@cache
def frame_digest(path):
    """Digest a frame, so that one with an older date is noticed, too."""
    from galvote.base.checksums import sampled_digest

    made = path == SAMPLE or path.startswith(f"{RESULTS}/")
    return None if made else sampled_digest(Path(path))


try:
    if workflow.is_main_process:
        check_tables()
except InputError as error:
    raise WorkflowError(str(error))


def only(source, *keys):
    """Keep those keys of a source that it has."""
    return {key: source[key] for key in keys if key in source}


SEARCH = (
    "threshold",
    "smoothing",
    "min_area",
    "deblend_levels",
    "deblend_contrast",
    "background_box",
)
# keys of a source that do not matter when its galaxies are searched
LATER = (
    "zero_point",
    "label_column",
    "crop",
    "scale",
    "colour",
    "simulation",
    "detection",
)


def search_settings(source):
    """Choose how the sources of one source are found, its own values first."""
    own = {k: v for k, v in source["detection"].items() if v is not None}
    return {key: own.get(key, config["detection"][key]) for key in SEARCH}


def without(source, *keys):
    """Leave keys out of a source and of its bands."""
    chosen = {key: value for key, value in source.items() if key not in keys}
    if "bands" in chosen:
        chosen["bands"] = [without(band, *keys) for band in chosen["bands"]]
    return chosen


def detection_settings(name):
    """Choose what finding the galaxies of one source depends on.

    A table counts by its images or places, so that its other columns leave the
    galaxies alone.
    """
    source = without(SOURCES[name], *LATER)
    source["stretch"] = "none" if source["stretch"] == "none" else "any other"
    more = {"source": source, "search": search_settings(SOURCES[name])}
    if source["kind"] in PICTURES:
        record = f"{RESULTS}/sources/{name}.sha256"
        more["images"] = listing_digest(name, "images_digest", record)
    else:
        more["frames"] = [frame_digest(path) for path in source_files(source)]
    if source.get("positions"):
        more["places"] = positions_digest(name, "places_digest")
    keys = ("resolved_above", "reject")
    return settings("detection", *keys, **more)


def catalog_settings():
    """Choose what the catalogue adds to the galaxies: magnitudes, the user's columns."""
    sources = list(SOURCES.values())
    columns = {
        source["name"]: listing_digest(source["name"], "columns_digest")
        for source in sources
        if source["kind"] in PICTURES
    } | {
        source["name"]: positions_digest(source["name"], "position_columns_digest")
        for source in sources
        if source.get("positions")
    }
    keys = ("name", "kind", "path", "zero_point", "label_column", "bands", "positions")
    chosen = [without(only(source, *keys), "scale") for source in sources]
    return settings(sources=chosen, columns=columns)


# keys of a source that do not matter for its cutouts
EARLIER = (
    "zero_point",
    "label_column",
    "positions",
    "saturation",
    "simulation",
    "detection",
)


def seen_again(source):
    """Choose what of the search is done again for cutouts: in frames the background."""
    search = search_settings(source)
    return search if source["kind"] in PICTURES else only(search, "background_box")


def sources_to_cut(*keys):
    """Choose what of the sources cutouts depend on; more keys are left out."""
    sources = [
        without(s, *EARLIER, *keys) | {"search": seen_again(s)}
        for s in SOURCES.values()
    ]
    digests = json.dumps([frame_digest(path) for path in frame_paths()])
    frames = hashlib.sha256(digests.encode()).hexdigest()[:16]
    return {"sources": sources, "frames": frames}


def cutout_settings():
    """Choose what the cutouts depend on."""
    keys = ("size", "channels", "softening", "hide_neighbours")
    return settings("cutouts", *keys, **sources_to_cut("psf_fwhm", "psf"))


def linear_settings():
    """Choose what the linear cutouts depend on."""
    return settings(**sources_to_cut("stretch", "crop", "scale", "colour"))


def truth_settings():
    """Choose what the true classes depend on: the images' names and their labels."""
    sources = [only(s, "name", "kind", "path", "label_column") for s in LABELLED]
    labels = [
        listing_digest(s["name"], "labels_digest")
        for s in LABELLED
        if s["kind"] in PICTURES
    ]
    truths = {s["name"]: truth_path(s["name"]) for s in SIMULATED}
    return settings(sources=sources, labels=labels, truths=truths)


def encoder_folder():
    """Name the folder that the encoder is kept in."""
    keys = ("encoder", "weights", "preprocessing")
    return folder_name(*[config["codes"][key] for key in keys])


def weight_files():
    """List the encoder's weight file, or the files of their folder."""
    name, weights = config["codes"]["encoder"], config["codes"]["weights"]
    if weights is None and not is_folder(name):
        return []
    place = Path(weights or name)
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


def polar_layout():
    """Say how polar images show the radii, where they are encoded."""
    if "polar" not in config["codes"]["views"]:
        return None
    return "mirrored" if config["polar"]["mirror"] else "plain"


def encoded(ending):
    """List the codes of all shards, or what lies beside them; none without a network."""
    return shards_of("codes", ending) if USES_NETWORK else []


def measured_shapes():
    """List the measured numbers of all shards, where they are clustered."""
    wanted = not USES_NETWORK or config["codes"]["measured"] > 0
    return shards_of("measured", ".parquet") if wanted else []


def limits():
    """Choose what bounds the time and memory of clusterings."""
    return only(config["clustering"], "bag_size", "exact_limit")


def cluster_settings(model):
    """Choose what one clustering depends on: K, its own section, a seed if it draws."""
    section = config["clustering"]
    more = {"seed": config["seed"]} if model in SEEDED_MODELS else {}
    bound = {LIMITS[model]: section[LIMITS[model]]} if model in LIMITS else {}
    return settings(k=section["k"], model=section.get(model, {}), limits=bound, **more)


def min_votes():
    """Count the votes that the published vote asks for, `all` written as a number."""
    wanted = config["vote"]["min_votes"]
    return len(MODELS) if wanted == "all" else wanted


def voter_settings():
    """Choose what the voters of the soft vote depend on."""
    keys = ("voters", "clusters", "dimensions")
    return settings("vote", *keys, bag_size=config["clustering"]["bag_size"])


def vote_settings():
    """Choose what the counting depends on, in one way for both methods."""
    if SOFT:
        return settings("vote", "voters", "min_agreement", "least_share")
    share = min_votes() / len(MODELS)
    return settings(voters=len(MODELS), min_agreement=share, least_share=0.0)


def trial_settings():
    """Choose what clusterings and votes depend on when they are made again."""
    section = config["clustering"]
    return settings(
        "vote",
        "reference",
        "min_agreement",
        "least_share",
        k=section["k"],
        models=MODELS,
        limits=limits(),
        soft=voter_settings(),
        **{model: section.get(model, {}) for model in MODELS},
    )


def evaluation_settings():
    """Choose what the judging depends on: its own section, the models and the votes."""
    return settings("evaluation", **trial_settings(), min_votes=min_votes())


def choice_settings():
    """Choose what the sweep over numbers of clusters depends on."""
    return settings(
        "choose",
        "k",
        "dimensions",
        seed=config["seed"],
        n_init=config["clustering"]["kmeans"]["n_init"],
        min_agreement=config["vote"]["min_agreement"],
        soft=voter_settings() | {"voters": config["choose"]["voters"]},
    )


def fitted_settings():
    """Choose what a fitted run keeps beside its arrays."""
    keys = ("min_agreement", "least_share")
    more = {"space": config["clustering"]["space"], "cutouts": cutting()}
    return settings("vote", *keys, **more)


def cutting():
    """Choose how galaxies are cut out: the same for a fitted run and what it names."""
    section = config["cutouts"]
    return {key: section[key] for key in section if key != "linear"}


def is_fitted(path):
    """Tell whether a file is that of a fitted run, without loading it."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as arrays:
        return "novelty_sample.npy" in arrays.namelist()


def fitted_file(wildcards):
    """Name the fitted run that galaxies are assigned to, and refuse a missing one."""
    if config["assign"]["fitted"] is None:
        raise WorkflowError(
            "`snakemake assign` needs the config key `assign.fitted`: the file"
            " fitted.npz of the run whose clusters and names to use"
        )
    if not USES_NETWORK or config["codes"]["measured"] > 0:
        raise WorkflowError(
            "`snakemake assign` needs codes of a network alone; leave out"
            " `codes.measured`"
        )
    path = config["assign"]["fitted"]
    if Path(path).is_file() and not is_fitted(path):
        raise WorkflowError(
            f"config key `assign.fitted`: {path} is not the file fitted.npz of a run"
        )
    return path


def alike_settings(wildcards):
    """Choose whose like are sought, and refuse to look for nobody's."""
    if not config["alike"]["ids"]:
        raise WorkflowError(
            "`snakemake alike` needs the config key `alike.ids`: ids of galaxies, as in"
            " catalog.parquet"
        )
    return settings("alike")
