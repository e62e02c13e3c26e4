# The clusterings that vote, a job each.
CLUSTERED_CODES = (
    rules.reduce_codes.output.pca
    if config["clustering"]["space"] == "pca"
    else rules.scale_codes.output.codes
)


rule cluster:
    input:
        codes=CLUSTERED_CODES,
        galaxies=rules.list_galaxies.output.galaxies,
    output:
        labels=f"{RESULTS}/clusters/{{model}}.parquet",
    log:
        f"{LOGS}/cluster/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/cluster/{{model}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("clusters/cluster.py"),
        settings=lambda wildcards: cluster_settings(wildcards.model),
    message:
        "Clustering by {wildcards.model}"
    script:
        "../scripts/clusters/cluster.py"
