# The picture of each galaxy.


rule cut_out:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        frames=frame_paths(),
        segments=segment_maps(),
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
        code=code("cut_galaxies.py"),
        settings=lambda wildcards: cutout_settings(),
    message:
        "Cutting out the galaxies of shard {wildcards.shard}"
    script:
        "../scripts/cut_galaxies.py"
