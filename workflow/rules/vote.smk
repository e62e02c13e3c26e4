# The vote, and the folders it sorts the galaxies into.
REFERENCE = f"{RESULTS}/clusters/{config['vote']['reference']}.parquet"
MEMBERSHIPS = f"{RESULTS}/{'memberships' if SOFT else 'aligned_memberships'}.npz"


rule fit_voters:
    input:
        codes=CLUSTERED_CODES,
        reference=REFERENCE,
    output:
        voters=f"{RESULTS}/voters.npz",
        memberships=f"{RESULTS}/memberships.npz",
    log:
        f"{LOGS}/fit_voters.log",
    benchmark:
        f"{BENCHMARKS}/fit_voters.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: config["threads"]
    params:
        code=code("vote/fit_voters.py"),
        settings={**voter_settings(), "seed": config["seed"]},
    message:
        "Fitting {params.settings[voters]} voters"
    script:
        "../scripts/vote/fit_voters.py"


rule align_clusterings:
    input:
        labels=expand(rules.cluster.output.labels, model=MODELS),
    output:
        memberships=f"{RESULTS}/aligned_memberships.npz",
    log:
        f"{LOGS}/align_clusterings.log",
    benchmark:
        f"{BENCHMARKS}/align_clusterings.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("vote/align_clusterings.py"),
        settings=settings("vote", "reference", models=MODELS),
    message:
        "Matching {params.settings[models]} one to one"
    script:
        "../scripts/vote/align_clusterings.py"


rule vote:
    input:
        memberships=MEMBERSHIPS,
        names=[config["vote"]["names"]] if config["vote"]["names"] else [],
        galaxies=rules.list_galaxies.output.galaxies,
        set_aside=rules.reduce_codes.output.set_aside,
    output:
        votes=f"{RESULTS}/votes.parquet",
        clusters=f"{RESULTS}/clusters.csv",
    log:
        f"{LOGS}/vote.log",
    benchmark:
        f"{BENCHMARKS}/vote.tsv"
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("vote/vote.py"),
        settings=vote_settings(),
    message:
        "Counting the votes"
    script:
        "../scripts/vote/vote.py"


rule sort_into_folders:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=shards_of("cutouts"),
        votes=rules.vote.output.votes,
    output:
        folder=directory(f"{RESULTS}/final"),
    log:
        f"{LOGS}/sort_into_folders.log",
    benchmark:
        f"{BENCHMARKS}/sort_into_folders.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("vote/sort_into_folders.py"),
    message:
        "Sorting the galaxies into folders"
    script:
        "../scripts/vote/sort_into_folders.py"


rule judge_vote:
    input:
        memberships=MEMBERSHIPS,
        votes=rules.vote.output.votes,
        clusters=rules.vote.output.clusters,
        catalog=rules.build_catalog.output.catalog,
        frames=expand(rules.detect_sources.output.frames, source=SOURCES),
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
        settings={
            "sources": list(SOURCES),
            "min_agreement": vote_settings()["min_agreement"],
        },
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
    threads: config["threads"]
    params:
        code=code("judging/judge_stability.py"),
        settings={**trial_settings(), "seed": config["seed"]},
    message:
        "Measuring how stable clusterings and vote are"
    script:
        "../scripts/judging/judge_stability.py"


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
    threads: config["threads"]
    params:
        code=code("judging/choose.py"),
        settings=choice_settings(),
    message:
        "Trying numbers of clusters and of principal components"
    script:
        "../scripts/judging/choose.py"
