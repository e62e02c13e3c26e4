# Judging: what the vote selects, how stable it is, and against true classes.


rule collect_truth:
    input:
        galaxies=rules.list_galaxies.output.galaxies if TRUTHS else [],
        tables=[ancient(t) for s in LABELLED for t in s.tables()],
        truths=list(TRUTHS.values()),
    output:
        truth=f"{RESULTS}/truth.parquet",
    log:
        f"{LOGS}/collect_truth.log",
    benchmark:
        f"{BENCHMARKS}/collect_truth.tsv"
    localrule: True
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("judging/collect_truth.py"),
        settings=lambda wildcards: settings(
            sources=[
                source.model_dump(include=parameters.KEYS_OF_LABELS)
                for source in LABELLED
            ],
            labels=[
                digests.of_labels(source)
                for source in LABELLED
                if isinstance(source, ImageSource)
            ],
            truths=TRUTHS,
        ),
    message:
        "Collecting the true classes"
    script:
        "../scripts/judging/collect_truth.py"


rule judge_vote:
    input:
        memberships=MEMBERSHIPS,
        votes=rules.vote.output.votes,
        clusters=rules.vote.output.clusters,
        catalog=rules.build_catalog.output.catalog,
        frames=expand(rules.detect.output.frames, source=SOURCES),
        truth=[rules.collect_truth.output.truth] if LABELLED else [],
    output:
        agreement=f"{RESULTS}/vote/agreement.csv",
        completeness=f"{RESULTS}/vote/completeness.csv",
        curve=report(
            f"{RESULTS}/vote/agreement.png",
            caption="../report/agreement.rst",
            labels={"figure": "Share voted by agreement"},
            category="5 Judging",
        ),
        selection=report(
            f"{RESULTS}/vote/completeness.png",
            caption="../report/completeness.rst",
            labels={"figure": "Share voted by magnitude and size"},
            category="5 Judging",
        ),
    log:
        f"{LOGS}/judge_vote.log",
    benchmark:
        f"{BENCHMARKS}/judge_vote.tsv"
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("judging/judge_vote.py"),
        settings=settings(
            sources=list(SOURCES),
            min_agreement=parameters.vote_settings(CONFIG)["min_agreement"],
        ),
    message:
        "Measuring what the vote selects"
    script:
        "../scripts/judging/judge_vote.py"


rule judge_stability:
    input:
        codes=CLUSTERED_CODES,
    output:
        stability=report(
            f"{RESULTS}/vote/stability.csv",
            caption="../report/stability.rst",
            labels={"figure": "Stability"},
            category="5 Judging",
        ),
    log:
        f"{LOGS}/judge_stability.log",
    benchmark:
        f"{BENCHMARKS}/judge_stability.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: CONFIG.threads
    params:
        code=code("judging/judge_stability.py"),
        settings=settings(seed=CONFIG.seed, **parameters.trial_settings(CONFIG)),
    message:
        "Measuring how stable clusterings and vote are"
    script:
        "../scripts/judging/judge_stability.py"


rule evaluate:
    input:
        truth=rules.collect_truth.output.truth,
        codes=CLUSTERED_CODES,
        hand_made=shards_of("hand_made", ".parquet"),
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
    threads: CONFIG.threads
    params:
        code=code("judging/evaluate.py"),
        settings=settings(
            "evaluation",
            min_votes=parameters.min_votes(CONFIG),
            **parameters.trial_settings(CONFIG),
        ),
    message:
        "Judging clusters and votes against the true classes"
    script:
        "../scripts/judging/evaluate.py"


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


rule choose:
    input:
        codes=rules.reduce_codes.output.pca,
        scree=rules.reduce_codes.output.scree,
    output:
        table=f"{RESULTS}/choose/choices.csv",
        figure=f"{RESULTS}/choose/choices.png",
        sentence=f"{RESULTS}/choose/recommendation.txt",
    log:
        f"{LOGS}/choose.log",
    benchmark:
        f"{BENCHMARKS}/choose.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: CONFIG.threads
    params:
        code=code("judging/choose.py"),
        settings=settings(
            "choose",
            "k",
            "dimensions",
            seed=CONFIG.seed,
            n_init=CONFIG.clustering.kmeans.n_init,
            min_agreement=CONFIG.vote.min_agreement,
            soft=parameters.voter_settings(CONFIG) | {"voters": CONFIG.choose.voters},
        ),
    message:
        "Trying numbers of clusters and of principal components"
    script:
        "../scripts/judging/choose.py"
