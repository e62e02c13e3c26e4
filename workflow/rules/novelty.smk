# Galaxies unlike any other, galaxies like a given one, and galaxies of other surveys.


rule find_outliers:
    input:
        codes=CLUSTERED_CODES,
        galaxies=rules.list_galaxies.output.galaxies,
    output:
        outliers=f"{RESULTS}/outliers.parquet",
        novelty=f"{RESULTS}/novelty.npz",
    log:
        f"{LOGS}/find_outliers.log",
    benchmark:
        f"{BENCHMARKS}/find_outliers.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: config["threads"]
    params:
        code=code("clusters/find_outliers.py"),
        settings={"threads": config["threads"]},
    message:
        "Finding the galaxies that are unlike others"
    script:
        "../scripts/clusters/find_outliers.py"


rule draw_outliers:
    input:
        outliers=rules.find_outliers.output.outliers,
        galaxies=rules.list_galaxies.output.galaxies,
        cutouts=shards_of("cutouts"),
    output:
        sheet=report(
            f"{RESULTS}/sheets/outliers.png",
            caption="../report/outliers.rst",
            labels={"figure": "The galaxies least like others"},
            category="4 Clusters",
        ),
    log:
        f"{LOGS}/draw_outliers.log",
    benchmark:
        f"{BENCHMARKS}/draw_outliers.tsv"
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("clusters/draw_outliers.py"),
        settings=settings("sheets", "members"),
    message:
        "Drawing the galaxies that are unlike others"
    script:
        "../scripts/clusters/draw_outliers.py"


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
        code=code("clusters/alike.py"),
        settings=alike_settings,
    message:
        "Finding the galaxies most like the given ones"
    script:
        "../scripts/clusters/alike.py"


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
        settings=fitted_settings(),
    message:
        "Keeping the fitted run for galaxies of other surveys"
    script:
        "../scripts/vote/keep_fitted.py"


rule assign:
    input:
        fitted=fitted_file,
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
        settings=settings("clustering", "include_unresolved", cutouts=cutting()),
    message:
        "Assigning the galaxies to the clusters of {input.fitted}"
    script:
        "../scripts/vote/assign.py"
