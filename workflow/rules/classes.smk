# Classes for all galaxies, learned from labels: `snakemake classify`.


CLASSES = f"{RESULTS}/classes"
TRAINED = [m for m in METHODS if registry.METHODS[m].trains]
FEATURED = [m for m in TRAINED if registry.METHODS[m].keeps_features]
GUESSING = [m for m in TRAINED if registry.METHODS[m].guesses]
ESTIMATED = [m for m in METHODS if m not in TRAINED]
ADAPTED = [m for m in METHODS if registry.METHODS[m].adapts]
USES_LATENTS = any("latents" in parameters.views_of_method(CONFIG, m) for m in METHODS)
OF_LABELS = {  # where labels are read: tables by their cells, simulated truth as a file
    "tables": [
        ancient(table)
        for table in (
            [split_hdu(CONFIG.classes.labels)[0]]
            if CONFIG.classes.labels
            else [t for s in LABELLED for t in s.tables()]
        )
    ],
    "truths": [] if CONFIG.classes.labels else list(TRUTHS.values()),
}


rule group_galaxies:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=shards_of("cutouts"),
    output:
        groups=f"{CLASSES}/groups.parquet",
    log:
        f"{LOGS}/group_galaxies.log",
    benchmark:
        f"{BENCHMARKS}/group_galaxies.tsv"
    priority: 1
    conda:
        "../../envs/classes.yaml"
    threads: CONFIG.threads
    params:
        code=code("classes/group_galaxies.py"),
        settings={"threads": CONFIG.threads},
    message:
        "Finding galaxies that are one object"
    script:
        "../scripts/classes/group_galaxies.py"


rule choose_teaching:
    input:
        **OF_LABELS,
        galaxies=rules.list_galaxies.output.galaxies,
        groups=rules.group_galaxies.output.groups,
    output:
        teaching=f"{CLASSES}/teaching.parquet",
    log:
        f"{LOGS}/choose_teaching.log",
    benchmark:
        f"{BENCHMARKS}/choose_teaching.tsv"
    priority: 1
    localrule: True
    conda:
        "../../envs/classes.yaml"
    params:
        code=code("classes/choose_teaching.py"),
        settings=teaching_params,
    message:
        "Drawing the labels that teach"
    script:
        "../scripts/classes/choose_teaching.py"


rule train_latents:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=shards_of("cutouts"),
    output:
        weights=f"{CLASSES}/autoencoder/weights.safetensors",
        settings=f"{CLASSES}/autoencoder/settings.json",
        history=f"{CLASSES}/autoencoder/history.csv",
    log:
        f"{LOGS}/train_latents.log",
    benchmark:
        f"{BENCHMARKS}/train_latents.tsv"
    conda:
        "../../envs/classes.yaml"
    threads: CONFIG.threads
    resources:
        gpu=1,
    params:
        code=code("classes/train_latents.py"),
        settings=parameters.canonical(
            CONFIG.classes.autoencoder.model_dump(exclude={"turned"})
            | {"seed": CONFIG.seed, "threads": CONFIG.threads}
        ),
    message:
        "Training the autoencoder whose latents are classified"
    script:
        "../scripts/classes/train_latents.py"


rule encode_latents:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=shards_of("cutouts"),
        weights=rules.train_latents.output.weights,
        settings=rules.train_latents.output.settings,
    output:
        latents=f"{CLASSES}/autoencoder/latents.npz",
        sheet=report(
            f"{CLASSES}/autoencoder/reconstructions.png",
            caption="../report/reconstructions.rst",
            labels={"figure": "Reconstructions"},
            category="7 Classes",
        ),
    log:
        f"{LOGS}/encode_latents.log",
    benchmark:
        f"{BENCHMARKS}/encode_latents.tsv"
    conda:
        "../../envs/classes.yaml"
    threads: CONFIG.threads
    resources:
        gpu=1,
    params:
        code=code("classes/encode_latents.py"),
        settings=parameters.canonical(
            {
                "size": CONFIG.classes.autoencoder.size,
                "turned": CONFIG.classes.autoencoder.turned,
                "threads": CONFIG.threads,
            }
        ),
    message:
        "Turning the cutouts into latents"
    script:
        "../scripts/classes/encode_latents.py"


rule fetch_network:
    output:
        weights="resources/networks/{network}/model.safetensors",
        description="resources/networks/{network}/encoder.json",
    log:
        "results/logs/fetch_network/{network}.log",
    benchmark:
        "results/benchmarks/fetch_network/{network}.tsv"
    wildcard_constraints:
        network="[A-Za-z0-9_.]+",
    localrule: True
    conda:
        "../../envs/classes.yaml"
    params:
        code=code("classes/fetch_network.py"),
    message:
        "Bringing the weights of {wildcards.network}"
    script:
        "../scripts/classes/fetch_network.py"


ENCODER_FILES = list(rules.fetch_encoder.output)
NETWORK_FILES = list(rules.fetch_network.output)


rule adapt_encoder:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=shards_of("cutouts"),
        start=start_of,
    output:
        weights=f"{CLASSES}/{{method}}/encoder/model.safetensors",
        description=f"{CLASSES}/{{method}}/encoder/config.json",
        history=f"{CLASSES}/{{method}}/history.csv",
        features=f"{CLASSES}/{{method}}/features.npz",
    log:
        f"{LOGS}/adapt_encoder/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/adapt_encoder/{{method}}.tsv"
    wildcard_constraints:
        method="|".join(m for m, kind in registry.METHODS.items() if kind.adapts),
    conda:
        "../../envs/classes.yaml"
    threads: CONFIG.threads
    resources:
        gpu=1,
    params:
        code=code("classes/adapt_encoder.py"),
        settings=lambda wildcards: method_params(wildcards, but="strength"),
    message:
        "Adapting the encoder to the galaxies by {wildcards.method}"
    script:
        "../scripts/classes/adapt_encoder.py"


VIEWS = {  # files of what methods may look at
    "codes": {
        "codes": encoded(".npz"),
        "beside_codes": HAND_MADE,
        "components": rules.reduce_codes.output.components,
    },
    "hand_made": {"hand_made": shards_of("hand_made", ".parquet")},
    "cutouts": {"cutouts": shards_of("cutouts")},
    "latents": {"latents": rules.encode_latents.output.latents},
    "moco": {"moco": f"{CLASSES}/moco/features.npz"},
    "deepcluster": {"deepcluster": f"{CLASSES}/deepcluster/features.npz"},
    "memberships": {"memberships": MEMBERSHIPS, "votes": rules.vote.output.votes},
    "votes": {"votes": rules.vote.output.votes},
}


rule fit_estimator:
    input:
        unpack(views_of),
        galaxies=rules.list_galaxies.output.galaxies,
        teaching=rules.choose_teaching.output.teaching,
    output:
        table=f"{CLASSES}/{{method}}.parquet",
        checks=f"{CLASSES}/{{method}}.checks.parquet",
        facts=f"{CLASSES}/{{method}}.json",
    log:
        f"{LOGS}/fit_estimator/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/fit_estimator/{{method}}.tsv"
    wildcard_constraints:
        method="|".join(ESTIMATED) or "none",
    conda:
        "../../envs/classes.yaml"
    threads: CONFIG.threads
    params:
        code=code("classes/fit_estimator.py"),
        settings=method_params,
    message:
        "Learning classes by {wildcards.method}"
    script:
        "../scripts/classes/fit_estimator.py"


rule train_network:
    input:
        unpack(views_of),
        galaxies=rules.list_galaxies.output.galaxies,
        start=start_of,
        teaching=rules.choose_teaching.output.teaching,
    output:
        table=f"{CLASSES}/{{method}}.parquet",
        checks=f"{CLASSES}/{{method}}.checks.parquet",
        facts=f"{CLASSES}/{{method}}.json",
        weights=f"{CLASSES}/{{method}}/weights.safetensors",
        history=f"{CLASSES}/{{method}}/history.csv",
    log:
        f"{LOGS}/train_network/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/train_network/{{method}}.tsv"
    wildcard_constraints:
        method="|".join(m for m in TRAINED if m not in FEATURED) or "none",
    conda:
        "../../envs/classes.yaml"
    threads: CONFIG.threads
    resources:
        gpu=1,
    params:
        code=code("classes/train_network.py"),
        settings=method_params,
    message:
        "Training {wildcards.method} on the labels"
    script:
        "../scripts/classes/train_network.py"


use rule train_network as train_semi_supervised with:
    output:
        table=f"{CLASSES}/{{method}}.parquet",
        checks=f"{CLASSES}/{{method}}.checks.parquet",
        facts=f"{CLASSES}/{{method}}.json",
        weights=f"{CLASSES}/{{method}}/weights.safetensors",
        history=f"{CLASSES}/{{method}}/history.csv",
        guesses=f"{CLASSES}/{{method}}/guesses.parquet",
        features=f"{CLASSES}/{{method}}/features.npz",
    log:
        f"{LOGS}/train_semi_supervised/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/train_semi_supervised/{{method}}.tsv"
    wildcard_constraints:
        method="|".join(FEATURED) or "none",


rule draw_learning:
    input:
        history=f"{CLASSES}/{{trained}}/history.csv",
    output:
        curve=report(
            f"{CLASSES}/{{trained}}/curve.png",
            caption="../report/learning.rst",
            labels={"figure": "Training of {trained}"},
            category="7 Classes",
        ),
    log:
        f"{LOGS}/draw_learning/{{trained}}.log",
    benchmark:
        f"{BENCHMARKS}/draw_learning/{{trained}}.tsv"
    wildcard_constraints:
        trained="|".join(["autoencoder", *TRAINED, *ADAPTED]),
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("classes/draw_learning.py"),
    message:
        "Drawing the curves of the training of {wildcards.trained}"
    script:
        "../scripts/classes/draw_learning.py"
