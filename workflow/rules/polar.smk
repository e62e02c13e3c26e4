# Denoised galaxies in polar coordinates.


rule unwrap_polar:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        denoised=f"{RESULTS}/denoised/{{shard}}",
        rejects=[
            f"{RESULTS}/cutouts/{{shard}}.rejects.csv",
            f"{RESULTS}/denoised/{{shard}}.rejects.csv",
        ],
    output:
        folder=directory(f"{RESULTS}/polar/{{shard}}"),
        rejects=f"{RESULTS}/polar/{{shard}}.rejects.csv",
    log:
        f"{LOGS}/unwrap_polar/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/unwrap_polar/{{shard}}.tsv"
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("views/unwrap_polar.py"),
        settings=settings("polar"),
    message:
        "Unwrapping shard {wildcards.shard} to polar coordinates"
    script:
        "../scripts/views/unwrap_polar.py"
