# From the galaxies of all sources to one catalogue.


rule list_galaxies:
    input:
        rows=expand(f"{RESULTS}/sources/{{source}}.parquet", source=SOURCES),
        rejects=expand(f"{RESULTS}/sources/{{source}}.rejects.csv", source=SOURCES),
    output:
        galaxies=f"{RESULTS}/galaxies.parquet",
        rejects=f"{RESULTS}/galaxies.rejects.csv",
    log:
        f"{LOGS}/list_galaxies.log",
    benchmark:
        f"{BENCHMARKS}/list_galaxies.tsv"
    localrule: True
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("catalog/list_galaxies.py"),
        settings=settings(
            "detection",
            "merge_within",
            frames=[s.name for s in SOURCES.values() if isinstance(s, FrameSource)],
        ),
    message:
        "Joining the galaxies of all sources"
    script:
        "../scripts/catalog/list_galaxies.py"


rule build_catalog:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        tables=[ancient(t) for s in SOURCES.values() for t in s.tables()],
    output:
        catalog=f"{RESULTS}/catalog.parquet",
        fits=f"{RESULTS}/catalog.fits",
        regions=directory(f"{RESULTS}/regions"),
    log:
        f"{LOGS}/build_catalog.log",
    benchmark:
        f"{BENCHMARKS}/build_catalog.tsv"
    localrule: True
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("catalog/build_catalog.py"),
        settings=lambda wildcards: settings(
            sources=parameters.sources_of_catalog(SOURCES.values()),
            columns={n: digests.of_columns(s) for n, s in SOURCES.items()},
        ),
    message:
        "Adding magnitudes and your own columns to the catalogue"
    script:
        "../scripts/catalog/build_catalog.py"


rule collect_rejects:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        rejects=expand(f"{RESULTS}/sources/{{source}}.rejects.csv", source=SOURCES)
        + rules.list_galaxies.output[1:]
        + [
            path
            for stage in parameters.IMAGE_STAGES
            for path in shards_of(stage, ".rejects.csv")
        ]
        + encoded(".rejects.csv"),
    output:
        rejects=report(
            f"{RESULTS}/rejects.csv",
            caption="../report/rejects.rst",
            labels={"figure": "Everything left out"},
            category="1 Galaxies",
        ),
    log:
        f"{LOGS}/collect_rejects.log",
    benchmark:
        f"{BENCHMARKS}/collect_rejects.tsv"
    localrule: True
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("catalog/collect_rejects.py"),
    message:
        "Joining the reject lists"
    script:
        "../scripts/catalog/collect_rejects.py"
