# The clusterings that vote, and galaxies unlike or like others.


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
        settings=lambda wildcards: parameters.canonical(
            parameters.cluster_settings(CONFIG, wildcards.model)
        ),
    message:
        "Clustering by {wildcards.model}"
    script:
        "../scripts/clusters/cluster.py"


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
    threads: CONFIG.threads
    params:
        code=code("clusters/find_outliers.py"),
        settings={"threads": CONFIG.threads},
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
