# The picture of each galaxy, and its pixels as they are.


rule cut_out:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        frames=FEW_FRAMES,
        segments=expand(f"{RESULTS}/sources/{{source}}.segments.fits", source=SOURCES),
        frame_tables=expand(f"{RESULTS}/sources/{{source}}.frames.csv", source=SOURCES),
        images=IMAGE_CHECKSUMS,
    output:
        folder=directory(f"{RESULTS}/cutouts/{{shard}}"),
        rejects=f"{RESULTS}/cutouts/{{shard}}.rejects.csv",
    log:
        f"{LOGS}/cut_out/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/cut_out/{{shard}}.tsv"
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("cutouts/cut_out.py"),
        settings=lambda wildcards: settings(
            "cutouts",
            "size",
            "channels",
            "softening",
            "hide_neighbours",
            frames=digests.of_all(frame_digests(FRAME_FILES)),
            **parameters.sources_to_cut(CONFIG, SOURCES.values(), "psf_fwhm", "psf"),
        ),
    message:
        "Cutting out the galaxies of shard {wildcards.shard}"
    script:
        "../scripts/cutouts/cut_out.py"


rule keep_linear:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        frames=FEW_FRAMES,
        segments=expand(f"{RESULTS}/sources/{{source}}.segments.fits", source=SOURCES),
        psf=expand(f"{RESULTS}/sources/{{source}}.psf.fits", source=SOURCES),
        images=IMAGE_CHECKSUMS,
    output:
        folder=directory(f"{RESULTS}/linear/{{shard}}"),
    log:
        f"{LOGS}/keep_linear/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/keep_linear/{{shard}}.tsv"
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("cutouts/keep_linear.py"),
        settings=lambda wildcards: settings(
            frames=digests.of_all(frame_digests(FRAME_FILES)),
            **parameters.sources_to_cut(
                CONFIG, SOURCES.values(), "stretch", "crop", "scale", "colour"
            ),
        ),
    message:
        "Keeping the pixels of shard {wildcards.shard} as they are"
    script:
        "../scripts/cutouts/keep_linear.py"
