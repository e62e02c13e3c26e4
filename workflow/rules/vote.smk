# The vote, the folders it sorts the galaxies into, and what it knows of others.


REFERENCE = f"{RESULTS}/clusters/{CONFIG.vote.reference}.parquet"
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
    threads: CONFIG.threads
    params:
        code=code("vote/fit_voters.py"),
        settings=settings(seed=CONFIG.seed, **parameters.voter_settings(CONFIG)),
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
        names=ancient(CONFIG.vote.names) if CONFIG.vote.names else [],
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
        settings=settings(
            **parameters.vote_settings(CONFIG),
            names=digests.of_names(CONFIG.vote.names),
        ),
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


rule alike:
    input:
        codes=CLUSTERED_CODES,
        galaxies=rules.list_galaxies.output.galaxies,
        votes=rules.vote.output.votes,
        cutouts=shards_of("cutouts"),
    output:
        alike=f"{RESULTS}/alike/alike.csv",
        sheet=f"{RESULTS}/alike/alike.png",
    log:
        f"{LOGS}/alike.log",
    benchmark:
        f"{BENCHMARKS}/alike.tsv"
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("vote/alike.py"),
        settings=lambda wildcards: refusing(parameters.alike_settings, CONFIG),
    message:
        "Finding the galaxies most like the given ones"
    script:
        "../scripts/vote/alike.py"


rule keep_fitted:
    input:
        components=rules.reduce_codes.output.components,
        novelty=rules.find_outliers.output.novelty,
        voters=rules.fit_voters.output.voters,
        memberships=rules.fit_voters.output.memberships,
        clusters=rules.vote.output.clusters,
    output:
        fitted=f"{RESULTS}/fitted.npz",
    log:
        f"{LOGS}/keep_fitted.log",
    benchmark:
        f"{BENCHMARKS}/keep_fitted.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("vote/keep_fitted.py"),
        settings=settings(
            "vote",
            "min_agreement",
            "least_share",
            space=CONFIG.clustering.space,
            cutouts=parameters.cutting(CONFIG),
        ),
    message:
        "Keeping the fitted run for galaxies of other surveys"
    script:
        "../scripts/vote/keep_fitted.py"


rule assign:
    input:
        fitted=lambda wildcards: refusing(parameters.fitted_file, CONFIG),
        codes=encoded(".npz"),
        galaxies=rules.list_galaxies.output.galaxies,
    output:
        votes=f"{RESULTS}/assigned.parquet",
    log:
        f"{LOGS}/assign.log",
    benchmark:
        f"{BENCHMARKS}/assign.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("vote/assign.py"),
        settings=lambda wildcards, input: settings(
            "clustering",
            "include_unresolved",
            cutouts=parameters.cutting(CONFIG),
            fitted=digests.of_files([input.fitted]),
        ),
    message:
        "Assigning the galaxies to the clusters of {input.fitted}"
    script:
        "../scripts/vote/assign.py"
