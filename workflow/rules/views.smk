# The galaxies as an autoencoder sees them, and in polar coordinates.


rule train_autoencoder:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=shards_of("cutouts"),
    output:
        weights=f"{RESULTS}/autoencoder/weights.safetensors",
        settings=f"{RESULTS}/autoencoder/settings.json",
        history=f"{RESULTS}/autoencoder/history.csv",
    log:
        f"{LOGS}/train_autoencoder.log",
    benchmark:
        f"{BENCHMARKS}/train_autoencoder.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: CONFIG.threads
    resources:
        gpu=1,
    params:
        code=code("views/train_autoencoder.py"),
        settings=settings("autoencoder", seed=CONFIG.seed, threads=CONFIG.threads),
    message:
        "Training the autoencoder"
    script:
        "../scripts/views/train_autoencoder.py"


rule denoise:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=f"{RESULTS}/cutouts/{{shard}}",
        rejects=[f"{RESULTS}/cutouts/{{shard}}.rejects.csv"],
        weights=rules.train_autoencoder.output.weights,
        settings=rules.train_autoencoder.output.settings,
    output:
        folder=directory(f"{RESULTS}/denoised/{{shard}}"),
        rejects=f"{RESULTS}/denoised/{{shard}}.rejects.csv",
    log:
        f"{LOGS}/denoise/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/denoise/{{shard}}.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: CONFIG.threads
    resources:
        gpu=1,
    params:
        code=code("views/denoise.py"),
        settings=settings(threads=CONFIG.threads),
    message:
        "Denoising shard {wildcards.shard}"
    script:
        "../scripts/views/denoise.py"


rule draw_training:
    input:
        history=rules.train_autoencoder.output.history,
    output:
        curve=report(
            f"{RESULTS}/autoencoder/curve.png",
            caption="../report/training.rst",
            labels={"figure": "Training"},
            category="2 Autoencoder",
        ),
    log:
        f"{LOGS}/draw_training.log",
    benchmark:
        f"{BENCHMARKS}/draw_training.tsv"
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("views/draw_training.py"),
    message:
        "Drawing the curves of the training"
    script:
        "../scripts/views/draw_training.py"


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
