# All methods at several numbers of labels, in one table: `snakemake compare`.


COMPARISON = f"{RESULTS}/comparison"
CELL = f"{COMPARISON}/{{labels}}-{{seed}}"  # of a number of labels and a seed
LABEL_COUNTS, SEEDS = CONFIG.compare.label_counts, CONFIG.compare.seeds
SHARED = {  # trainings that all cells share, by the method that needs them
    method: (
        rules.train_latents.output.history
        if need == "latents"
        else f"{CLASSES}/{need}/history.csv"
    )
    for method in COMPARED
    for need in parameters.views_of_method(CONFIG, method)
    if need == "latents" or registry.METHODS[method].adapts
}


wildcard_constraints:
    labels=r"\d+",
    seed=r"\d+",


use rule choose_teaching as draw_labels with:
    output:
        teaching=f"{CELL}/teaching.parquet",
    log:
        f"{LOGS}/draw_labels/{{labels}}-{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/draw_labels/{{labels}}-{{seed}}.tsv"
    message:
        "Drawing {wildcards.labels} labels that teach, seed {wildcards.seed}"


use rule fit_estimator as compare_estimator with:
    input:
        unpack(views_of),
        galaxies=rules.list_galaxies.output.galaxies,
        teaching=rules.draw_labels.output.teaching,
    output:
        table=f"{CELL}/{{method}}.parquet",
        checks=f"{CELL}/{{method}}.checks.parquet",
        facts=f"{CELL}/{{method}}.json",
    log:
        f"{LOGS}/compare_estimator/{{labels}}-{{seed}}.{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/compare_estimator/{{labels}}-{{seed}}.{{method}}.tsv"
    wildcard_constraints:
        method="|".join(m for m in COMPARED if not registry.METHODS[m].trains) or "none",
    message:
        "Learning classes from {wildcards.labels} labels by {wildcards.method}"


use rule train_network as compare_network with:
    input:
        unpack(views_of),
        galaxies=rules.list_galaxies.output.galaxies,
        start=start_of,
        teaching=rules.draw_labels.output.teaching,
    output:
        table=f"{CELL}/{{method}}.parquet",
        checks=f"{CELL}/{{method}}.checks.parquet",
        facts=f"{CELL}/{{method}}.json",
        history=f"{CELL}/{{method}}/history.csv",
    log:
        f"{LOGS}/compare_network/{{labels}}-{{seed}}.{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/compare_network/{{labels}}-{{seed}}.{{method}}.tsv"
    wildcard_constraints:
        method="|".join(m for m in COMPARED if registry.METHODS[m].trains) or "none",
    message:
        "Training {wildcards.method} on {wildcards.labels} labels"


rule judge_comparison:
    input:
        tables=expand(
            f"{CELL}/{{method}}.parquet",
            labels=LABEL_COUNTS,
            seed=SEEDS,
            method=COMPARED,
        ),
        facts=expand(
            f"{CELL}/{{method}}.json", labels=LABEL_COUNTS, seed=SEEDS, method=COMPARED
        ),
        teaching=expand(
            rules.draw_labels.output.teaching, labels=LABEL_COUNTS, seed=SEEDS
        ),
        shared=list(SHARED.values()),
        groups=rules.group_galaxies.output.groups,
        truth=TRUE_CLASSES,
    output:
        by_seed=f"{COMPARISON}/by_seed.csv",
        summary=report(
            f"{COMPARISON}/summary.csv",
            caption="../report/comparison.rst",
            labels={"figure": "All methods at all numbers of labels"},
            category="8 Comparison",
        ),
        differences=f"{COMPARISON}/differences.csv",
        risk=f"{COMPARISON}/risk_coverage.csv",
        reliability=f"{COMPARISON}/reliability.csv",
    log:
        f"{LOGS}/judge_comparison.log",
    benchmark:
        f"{BENCHMARKS}/judge_comparison.tsv"
    localrule: True
    conda:
        "../../envs/classes.yaml"
    params:
        code=code("comparison/judge_comparison.py"),
        settings=lambda wildcards: settings(
            methods=COMPARED,
            shared=list(SHARED),
            label_counts=LABEL_COUNTS,
            seeds=SEEDS,
            labels=CONFIG.classes.labels,
            digest=refusing(digests.of_label_table, CONFIG.classes.labels),
            bootstrap=CONFIG.evaluation.bootstrap,
        ),
    message:
        "Judging all methods at all numbers of labels"
    script:
        "../scripts/comparison/judge_comparison.py"


rule draw_comparison:
    input:
        summary=rules.judge_comparison.output.summary,
        differences=rules.judge_comparison.output.differences,
        risk=rules.judge_comparison.output.risk,
        reliability=rules.judge_comparison.output.reliability,
    output:
        accuracy=f"{COMPARISON}/accuracy.png",
        risk=f"{COMPARISON}/risk_coverage.png",
        reliability=f"{COMPARISON}/reliability.png",
        page=report(
            f"{COMPARISON}/comparison.html",
            caption="../report/comparison.rst",
            labels={"figure": "Which method at which effort"},
            category="8 Comparison",
        ),
    log:
        f"{LOGS}/draw_comparison.log",
    benchmark:
        f"{BENCHMARKS}/draw_comparison.tsv"
    localrule: True
    conda:
        "../../envs/classes.yaml"
    params:
        code=code("comparison/draw_comparison.py"),
    message:
        "Writing the page of the comparison"
    script:
        "../scripts/comparison/draw_comparison.py"
