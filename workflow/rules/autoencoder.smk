# The convolutional autoencoder and the galaxies as it sees them.


rule train_autoencoder:
    input:
        code=code("train_autoencoder.py"),
        catalog=rules.build_catalog.output.catalog,
        cutouts=shards_of("cutouts"),
    output:
        weights=f"{RESULTS}/autoencoder/weights.safetensors",
        settings=f"{RESULTS}/autoencoder/settings.json",
        history=f"{RESULTS}/autoencoder/history.csv",
        curve=report(
            f"{RESULTS}/autoencoder/curve.png",
            caption="../report/training.rst",
            labels={"figure": "Training"},
            category="2 Autoencoder",
        ),
    log:
        f"{LOGS}/train_autoencoder.log",
    benchmark:
        f"{BENCHMARKS}/train_autoencoder.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: config["threads"]
    resources:
        gpu=1,
    params:
        settings=settings("autoencoder", seed=config["seed"], threads=config["threads"]),
    message:
        "Training the autoencoder"
    script:
        "../scripts/train_autoencoder.py"


rule denoise:
    input:
        code=code("denoise_cutouts.py"),
        catalog=rules.build_catalog.output.catalog,
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
    threads: config["threads"]
    resources:
        gpu=1,
    params:
        settings=settings(threads=config["threads"]),
    message:
        "Denoising shard {wildcards.shard}"
    script:
        "../scripts/denoise_cutouts.py"
