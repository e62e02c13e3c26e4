# The picture of each galaxy.


def cutout_settings():
    """Choose what the cutouts depend on."""
    keys = ("name", "kind", "path", "hdu", "stretch", "crop")
    sources = [{k: s[k] for k in keys if k in s} for s in SOURCES.values()]
    box = config["detection"]["background_box"]
    return settings("cutouts", sources=sources, background_box=box)


rule cut_out:
    input:
        code=code("cut_galaxies.py"),
        catalog=rules.build_catalog.output.catalog,
        frames=frame_paths(),
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
        settings=cutout_settings(),
    message:
        "Cutting out the galaxies of shard {wildcards.shard}"
    script:
        "../scripts/cut_galaxies.py"
