# The picture of each galaxy.


rule cut_out:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        frames=frame_paths(),
        segments=expand(f"{RESULTS}/sources/{{source}}.segments.fits", source=SOURCES),
        measured=expand(f"{RESULTS}/sources/{{source}}.frames.csv", source=SOURCES),
        images=image_checksums(),
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
        settings=lambda wildcards: cutout_settings(),
    message:
        "Cutting out the galaxies of shard {wildcards.shard}"
    script:
        "../scripts/cutouts/cut_out.py"


rule keep_linear:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        frames=frame_paths(),
        segments=expand(f"{RESULTS}/sources/{{source}}.segments.fits", source=SOURCES),
        psf=expand(f"{RESULTS}/sources/{{source}}.psf.fits", source=SOURCES),
        images=image_checksums(),
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
        settings=lambda wildcards: linear_settings(),
    message:
        "Keeping the pixels of shard {wildcards.shard} as they are"
    script:
        "../scripts/cutouts/keep_linear.py"
