# The clusterings that vote, a job each.
SEEDED = ("kmeans", "spectral", "gaussian_mixture", "mean_shift", "affinity_propagation")
CLUSTERED_CODES = (
    rules.reduce_codes.output.pca
    if config["clustering"]["space"] == "pca"
    else rules.reduce_codes.output.raw
)


def cluster_settings(model):
    """Choose what one clustering depends on: K, its own section, a seed if it draws."""
    section = config["clustering"]
    more = {"seed": config["seed"]} if model in SEEDED else {}
    return settings(k=section["k"], model=section.get(model, {}), **more)


rule cluster:
    input:
        code=code("cluster_codes.py"),
        codes=CLUSTERED_CODES,
    output:
        labels=f"{RESULTS}/clusters/{{model}}.parquet",
    log:
        f"{LOGS}/cluster/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/cluster/{{model}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        settings=lambda wildcards: cluster_settings(wildcards.model),
    message:
        "Clustering by {wildcards.model}"
    script:
        "../scripts/cluster_codes.py"
