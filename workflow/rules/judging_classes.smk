# Judging of classes: what methods give, what they learned, and from what.


# of labels that did not teach: a table of `classes.labels`, or those of the sources
TRUE_CLASSES = (
    [rules.collect_truth.output.truth] if LABELLED and not CONFIG.classes.labels else []
)


rule judge_classes:
    input:
        tables=expand(f"{CLASSES}/{{method}}.parquet", method=METHODS),
        checks=expand(f"{CLASSES}/{{method}}.checks.parquet", method=METHODS),
        teaching=rules.choose_teaching.output.teaching,
        groups=rules.group_galaxies.output.groups,
        truth=TRUE_CLASSES,
        votes=rules.vote.output.votes,
    output:
        splits=f"{CLASSES}/splits.parquet",
        scores=report(
            f"{CLASSES}/scores.csv",
            caption="../report/scores.rst",
            labels={"figure": "Scores of the methods"},
            category="7 Classes",
        ),
        by_class=report(
            f"{CLASSES}/by_class.csv",
            caption="../report/by_class.rst",
            labels={"figure": "Scores of each class"},
            category="7 Classes",
        ),
        confusion=f"{CLASSES}/confusion.csv",
        roc=f"{CLASSES}/roc.csv",
        risk=f"{CLASSES}/risk_coverage.csv",
        reliability=f"{CLASSES}/reliability.csv",
        errors=f"{CLASSES}/label_errors.csv",
    log:
        f"{LOGS}/judge_classes.log",
    benchmark:
        f"{BENCHMARKS}/judge_classes.tsv"
    localrule: True
    conda:
        "../../envs/classes.yaml"
    params:
        code=code("judging_classes/judge_classes.py"),
        settings=lambda wildcards: settings(
            methods=METHODS,
            labels=CONFIG.classes.labels,
            digest=refusing(digests.of_label_table, CONFIG.classes.labels),
            bootstrap=CONFIG.evaluation.bootstrap,
            doubted=50,
        ),
    message:
        "Judging the classes that methods give"
    script:
        "../scripts/judging_classes/judge_classes.py"


rule draw_classes:
    input:
        confusion=rules.judge_classes.output.confusion,
        roc=rules.judge_classes.output.roc,
        risk=rules.judge_classes.output.risk,
        reliability=rules.judge_classes.output.reliability,
        scores=rules.judge_classes.output.scores,
        errors=rules.judge_classes.output.errors,
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=shards_of("cutouts"),
    output:
        confusion=report(
            f"{CLASSES}/confusion.png",
            caption="../report/class_confusion.rst",
            labels={"figure": "Confusion of the classes"},
            category="7 Classes",
        ),
        roc=report(
            f"{CLASSES}/roc.png",
            caption="../report/roc.rst",
            labels={"figure": "ROC curves"},
            category="7 Classes",
        ),
        risk=report(
            f"{CLASSES}/risk_coverage.png",
            caption="../report/class_risk.rst",
            labels={"figure": "Accuracy against share kept"},
            category="7 Classes",
        ),
        reliability=report(
            f"{CLASSES}/reliability.png",
            caption="../report/reliability.rst",
            labels={"figure": "Reliability of the probabilities"},
            category="7 Classes",
        ),
        doubted=report(
            directory(f"{CLASSES}/doubted"),
            patterns=["{name}.png"],
            caption="../report/doubted.rst",
            labels={"figure": "Labels that {name} doubts"},
            category="7 Classes",
        ),
    log:
        f"{LOGS}/draw_classes.log",
    benchmark:
        f"{BENCHMARKS}/draw_classes.tsv"
    localrule: True
    conda:
        "../../envs/classes.yaml"
    params:
        code=code("judging_classes/draw_classes.py"),
        settings=settings("sheets", "members"),
    message:
        "Drawing the classes that methods give"
    script:
        "../scripts/judging_classes/draw_classes.py"


rule judge_guesses:
    input:
        guesses=expand(f"{CLASSES}/{{method}}/guesses.parquet", method=GUESSING),
        splits=rules.judge_classes.output.splits,
        truth=TRUE_CLASSES,
    output:
        table=f"{CLASSES}/guesses.csv",
        figure=report(
            f"{CLASSES}/guesses.png",
            caption="../report/guesses.rst",
            labels={"figure": "Guesses of unlabelled galaxies"},
            category="7 Classes",
        ),
    log:
        f"{LOGS}/judge_guesses.log",
    benchmark:
        f"{BENCHMARKS}/judge_guesses.tsv"
    localrule: True
    conda:
        "../../envs/classes.yaml"
    params:
        code=code("judging_classes/judge_guesses.py"),
        settings=lambda wildcards: settings(
            methods=GUESSING,
            labels=CONFIG.classes.labels,
            digest=refusing(digests.of_label_table, CONFIG.classes.labels),
            threshold=CONFIG.classes.fixmatch.threshold,
        ),
    message:
        "Judging the guesses of unlabelled galaxies"
    script:
        "../scripts/judging_classes/judge_guesses.py"


rule judge_features:
    input:
        features=expand(
            f"{CLASSES}/{{method}}/features.npz", method=[*FEATURED, *ADAPTED]
        ),
        teaching=rules.choose_teaching.output.teaching,
        splits=rules.judge_classes.output.splits,
        truth=TRUE_CLASSES,
    output:
        features=f"{CLASSES}/features.csv",
        epochs=f"{CLASSES}/own_clusters.csv",
        clusters=f"{CLASSES}/feature_clusters.csv",
        figure=report(
            f"{CLASSES}/feature_clusters.png",
            caption="../report/feature_clusters.rst",
            labels={"figure": "Clusters of the features"},
            category="7 Classes",
        ),
    log:
        f"{LOGS}/judge_features.log",
    benchmark:
        f"{BENCHMARKS}/judge_features.tsv"
    conda:
        "../../envs/classes.yaml"
    threads: CONFIG.threads
    params:
        code=code("judging_classes/judge_features.py"),
        settings=lambda wildcards: settings(
            methods=[*FEATURED, *ADAPTED],
            labels=CONFIG.classes.labels,
            digest=refusing(digests.of_label_table, CONFIG.classes.labels),
            k=CONFIG.clustering.k,
            seeds=CONFIG.evaluation.seeds,
            threads=CONFIG.threads,
        ),
    message:
        "Judging the features that networks learned"
    script:
        "../scripts/judging_classes/judge_features.py"


rule judge_bases:
    input:
        codes=encoded(".npz"),
        beside_codes=HAND_MADE,
        components=rules.reduce_codes.output.components,
        hand_made=shards_of("hand_made", ".parquet"),
        latents=rules.encode_latents.output.latents if USES_LATENTS else [],
        cutouts=shards_of("cutouts"),
        galaxies=rules.list_galaxies.output.galaxies,
        groups=rules.group_galaxies.output.groups,
        truth=TRUE_CLASSES,
    output:
        table=f"{CLASSES}/bases.csv",
        figure=report(
            f"{CLASSES}/bases.png",
            caption="../report/bases.rst",
            labels={"figure": "What to learn classes from"},
            category="7 Classes",
        ),
    log:
        f"{LOGS}/judge_bases.log",
    benchmark:
        f"{BENCHMARKS}/judge_bases.tsv"
    conda:
        "../../envs/classes.yaml"
    threads: CONFIG.threads
    params:
        code=code("judging_classes/judge_bases.py"),
        settings=lambda wildcards: settings(
            "classes",
            "label_counts",
            labels=CONFIG.classes.labels,
            digest=refusing(digests.of_label_table, CONFIG.classes.labels),
            seeds=CONFIG.evaluation.seeds,
            views=["codes", *["latents"] * USES_LATENTS, "hand_made", "cutouts"],
            threads=CONFIG.threads,
        ),
    message:
        "Comparing what classes may be learned from"
    script:
        "../scripts/judging_classes/judge_bases.py"
