# Judging against the labels, where a source has them.


rule measure_shapes:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=f"{RESULTS}/cutouts/{{shard}}",
        rejects=[f"{RESULTS}/cutouts/{{shard}}.rejects.csv"],
    output:
        measured=f"{RESULTS}/measured/{{shard}}.parquet",
    log:
        f"{LOGS}/measure_shapes/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_shapes/{{shard}}.tsv"
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("codes/measure_shapes.py"),
    message:
        "Measuring the shapes of shard {wildcards.shard}"
    script:
        "../scripts/codes/measure_shapes.py"


rule evaluate:
    input:
        truth=rules.collect_truth.output.truth,
        codes=CLUSTERED_CODES,
        measured=shards_of("measured", ".parquet"),
        labels=expand(rules.cluster.output.labels, model=MODELS),
        votes=rules.vote.output.votes,
    output:
        summary=report(
            f"{RESULTS}/evaluation/summary.csv",
            caption="../report/evaluation.rst",
            labels={"figure": "Scores"},
            category="5 Judging",
        ),
        by_seed=f"{RESULTS}/evaluation/by_seed.csv",
        voters=report(
            f"{RESULTS}/evaluation/voters.csv",
            caption="../report/voters.rst",
            labels={"figure": "Agreement of the clusterings"},
            category="5 Judging",
        ),
        confusion=f"{RESULTS}/evaluation/confusion.csv",
        risk=f"{RESULTS}/evaluation/risk_coverage.csv",
    log:
        f"{LOGS}/evaluate.log",
    benchmark:
        f"{BENCHMARKS}/evaluate.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: config["threads"]
    params:
        code=code("judging/evaluate.py"),
        settings=evaluation_settings(),
    message:
        "Judging clusters and votes against the true classes"
    script:
        "../scripts/judging/evaluate.py"


rule judge_nuisances:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        truth=[rules.collect_truth.output.truth] if LABELLED else [],
        labels=expand(rules.cluster.output.labels, model=MODELS),
        votes=rules.vote.output.votes,
    output:
        nuisances=report(
            f"{RESULTS}/nuisances.csv",
            caption="../report/nuisances.rst",
            labels={"figure": "What should not matter"},
            category="5 Judging",
        ),
    log:
        f"{LOGS}/judge_nuisances.log",
    benchmark:
        f"{BENCHMARKS}/judge_nuisances.tsv"
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("judging/judge_nuisances.py"),
        settings=settings(models=MODELS),
    message:
        "Measuring what the clusters tell of brightness, size, noise and neighbours"
    script:
        "../scripts/judging/judge_nuisances.py"


rule draw_evaluation:
    input:
        confusion=rules.evaluate.output.confusion,
        risk=rules.evaluate.output.risk,
    output:
        confusion=report(
            f"{RESULTS}/evaluation/confusion.png",
            caption="../report/confusion.rst",
            labels={"figure": "Classes in each cluster"},
            category="5 Judging",
        ),
        risk=report(
            f"{RESULTS}/evaluation/risk_coverage.png",
            caption="../report/risk_coverage.rst",
            labels={"figure": "Accuracy against share kept"},
            category="5 Judging",
        ),
    log:
        f"{LOGS}/draw_evaluation.log",
    benchmark:
        f"{BENCHMARKS}/draw_evaluation.tsv"
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("judging/draw_evaluation.py"),
    message:
        "Drawing the judging"
    script:
        "../scripts/judging/draw_evaluation.py"
