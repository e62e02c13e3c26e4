# From survey images and tables to one catalogue of galaxies.


rule write_sample:
    output:
        image=SAMPLE,
    log:
        "results/logs/write_sample.log",
    benchmark:
        "results/benchmarks/write_sample.tsv"
    localrule: True
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("inputs/write_sample.py"),
    message:
        "Writing the Hubble deep field as a FITS file"
    script:
        "../scripts/inputs/write_sample.py"


rule simulate_survey:
    output:
        image=f"{RESULTS}/simulated/{{source}}.fits",
        truth=f"{RESULTS}/simulated/{{source}}.truth.parquet",
    log:
        f"{LOGS}/simulate_survey/{{source}}.log",
    benchmark:
        f"{BENCHMARKS}/simulate_survey/{{source}}.tsv"
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("simulation/simulate_survey.py"),
        settings=lambda wildcards: SOURCES[wildcards.source]["simulation"],
    message:
        "Simulating the survey {wildcards.source}"
    script:
        "../scripts/simulation/simulate_survey.py"


rule detect_sources:
    input:
        files=lambda wildcards: source_files(SOURCES[wildcards.source]),
        tables=lambda wildcards: ancient(tables_of(SOURCES[wildcards.source])),
    output:
        rows=f"{RESULTS}/sources/{{source}}.parquet",
        frames=f"{RESULTS}/sources/{{source}}.frames.csv",
        segments=f"{RESULTS}/sources/{{source}}.segments.fits",
        psf=f"{RESULTS}/sources/{{source}}.psf.fits",
        rejects=f"{RESULTS}/sources/{{source}}.rejects.csv",
        checksums=f"{RESULTS}/sources/{{source}}.sha256",
    log:
        f"{LOGS}/detect_sources/{{source}}.log",
    benchmark:
        f"{BENCHMARKS}/detect_sources/{{source}}.tsv"
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("detection/detect_sources.py"),
        settings=lambda wildcards: detection_settings(wildcards.source),
    message:
        "Finding the galaxies of source {wildcards.source}"
    script:
        "../scripts/detection/detect_sources.py"


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
        settings=settings("detection", "merge_within", frames=names_of_frames()),
    message:
        "Joining the galaxies of all sources"
    script:
        "../scripts/catalog/list_galaxies.py"


rule build_catalog:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        tables=[ancient(t) for s in SOURCES.values() for t in tables_of(s)],
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
        settings=lambda wildcards: catalog_settings(),
    message:
        "Adding magnitudes and your own columns to the catalogue"
    script:
        "../scripts/catalog/build_catalog.py"


rule collect_truth:
    input:
        galaxies=rules.list_galaxies.output.galaxies if SIMULATED else [],
        tables=[ancient(t) for s in LABELLED for t in tables_of(s)],
        truths=[truth_path(s["name"]) for s in SIMULATED],
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
        settings=lambda wildcards: truth_settings(),
    message:
        "Collecting the true classes"
    script:
        "../scripts/judging/collect_truth.py"


rule collect_rejects:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        rejects=expand(f"{RESULTS}/sources/{{source}}.rejects.csv", source=SOURCES)
        + rules.list_galaxies.output[1:]
        + [path for stage in IMAGE_STAGES for path in shards_of(stage, ".rejects.csv")]
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
