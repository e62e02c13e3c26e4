# Codes of the galaxies, and their principal components.


ENCODER = f"resources/encoders/{parameters.encoder_folder(CONFIG)}"


rule fetch_encoder:
    input:
        weights=parameters.weight_files(CONFIG),
    output:
        weights=f"{ENCODER}/model.safetensors",
        description=f"{ENCODER}/encoder.json",
    log:
        "results/logs/fetch_encoder.log",
    benchmark:
        "results/benchmarks/fetch_encoder.tsv"
    localrule: True
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("codes/fetch_encoder.py"),
        settings=lambda wildcards, input: settings(
            "codes",
            "encoder",
            "weights",
            "preprocessing",
            "sha256",
            files=digests.of_files(input.weights),
        ),
    message:
        "Bringing the encoder's weights"
    script:
        "../scripts/codes/fetch_encoder.py"


rule plan_encoding:
    input:
        description=rules.fetch_encoder.output.description,
    output:
        plan=f"{RESULTS}/codes/plan.json",
    log:
        f"{LOGS}/plan_encoding.log",
    benchmark:
        f"{BENCHMARKS}/plan_encoding.tsv"
    priority: 1
    conda:
        "../../envs/networks.yaml"
    resources:
        gpu=1,
    params:
        code=code("codes/plan_encoding.py"),
        settings=settings("codes", "dtype", "input_size"),
    message:
        "Choosing the number format and the input size of the encoder"
    script:
        "../scripts/codes/plan_encoding.py"


rule encode:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        images=[
            f"{RESULTS}/{stage}/{{shard}}"
            for stage in parameters.encoded_stages(CONFIG)
        ],
        rejects=[
            f"{RESULTS}/{stage}/{{shard}}.rejects.csv"
            for stage in parameters.stages_before_codes(CONFIG)
        ],
        weights=rules.fetch_encoder.output.weights,
        description=rules.fetch_encoder.output.description,
        plan=rules.plan_encoding.output.plan,
    output:
        codes=f"{RESULTS}/codes/{{shard}}.npz",
        changes=f"{RESULTS}/codes/{{shard}}.changes.npz",
        rejects=f"{RESULTS}/codes/{{shard}}.rejects.csv",
    log:
        f"{LOGS}/encode/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/encode/{{shard}}.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: CONFIG.threads
    resources:
        gpu=1,
    params:
        code=code("codes/encode.py"),
        settings=settings(
            "codes",
            "views",
            "batch_size",
            "rotations",
            "flips",
            "zooms",
            "degraded",
            "engine",
            polar=parameters.polar_layout(CONFIG),
        ),
    message:
        "Encoding shard {wildcards.shard}"
    script:
        "../scripts/codes/encode.py"


rule measure_hand_made:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=f"{RESULTS}/cutouts/{{shard}}",
        rejects=[f"{RESULTS}/cutouts/{{shard}}.rejects.csv"],
    output:
        hand_made=f"{RESULTS}/hand_made/{{shard}}.parquet",
    log:
        f"{LOGS}/measure_hand_made/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_hand_made/{{shard}}.tsv"
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("codes/measure_hand_made.py"),
    message:
        "Measuring the galaxies of shard {wildcards.shard} by hand-made rules"
    script:
        "../scripts/codes/measure_hand_made.py"


rule reduce_codes:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        codes=encoded(".npz"),
        changes=encoded(".changes.npz"),
        hand_made=HAND_MADE,
    output:
        components=f"{RESULTS}/pca/components.npz",
        pca=f"{RESULTS}/pca/codes.npz",
        set_aside=f"{RESULTS}/pca/set_aside.parquet",
        scree=f"{RESULTS}/pca/scree.csv",
    log:
        f"{LOGS}/reduce_codes.log",
    benchmark:
        f"{BENCHMARKS}/reduce_codes.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: CONFIG.threads
    params:
        code=code("codes/reduce_codes.py"),
        settings=settings(
            "clustering",
            "dimensions",
            "include_unresolved",
            hand_made=CONFIG.codes.hand_made,
            invariance=CONFIG.codes.invariance,
            threads=CONFIG.threads,
        ),
    message:
        "Finding the principal components of the codes"
    script:
        "../scripts/codes/reduce_codes.py"


rule scale_codes:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        codes=encoded(".npz"),
        hand_made=HAND_MADE,
        components=rules.reduce_codes.output.components,
    output:
        codes=f"{RESULTS}/pca/scaled_codes.npz",
    log:
        f"{LOGS}/scale_codes.log",
    benchmark:
        f"{BENCHMARKS}/scale_codes.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: CONFIG.threads
    params:
        code=code("codes/scale_codes.py"),
        settings=settings("clustering", "include_unresolved", threads=CONFIG.threads),
    message:
        "Scaling the codes that are clustered as they are"
    script:
        "../scripts/codes/scale_codes.py"


# what is clustered, and compared in all that follows
CLUSTERED_CODES = (
    rules.reduce_codes.output.pca
    if CONFIG.clustering.space == "pca"
    else rules.scale_codes.output.codes
)


rule draw_elbow:
    input:
        scree=rules.reduce_codes.output.scree,
    output:
        elbow=report(
            f"{RESULTS}/pca/elbow.png",
            caption="../report/elbow.rst",
            labels={"figure": "Principal components"},
            category="3 Codes",
        ),
    log:
        f"{LOGS}/draw_elbow.log",
    benchmark:
        f"{BENCHMARKS}/draw_elbow.tsv"
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("codes/draw_elbow.py"),
    message:
        "Drawing the elbow plot"
    script:
        "../scripts/codes/draw_elbow.py"
