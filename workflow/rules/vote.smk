# The vote, and the folders it sorts the galaxies into.


rule vote:
    input:
        labels=expand(rules.cluster.output.labels, model=MODELS),
        galaxies=rules.list_galaxies.output.galaxies,
        set_aside=rules.reduce_codes.output.set_aside,
    output:
        votes=f"{RESULTS}/votes.parquet",
        memberships=f"{RESULTS}/memberships.npz",
    log:
        f"{LOGS}/vote.log",
    benchmark:
        f"{BENCHMARKS}/vote.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("hold_vote.py"),
        settings=vote_settings(),
    message:
        "Letting {params.settings[models]} vote"
    script:
        "../scripts/hold_vote.py"


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
        code=code("sort_into_folders.py"),
    message:
        "Sorting the galaxies into folders"
    script:
        "../scripts/sort_into_folders.py"
