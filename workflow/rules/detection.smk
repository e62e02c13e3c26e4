# The galaxies of each source, found in its frames or in images of their own.


rule detect:
    input:
        files=lambda wildcards: SOURCES[wildcards.source].files(),
        tables=lambda wildcards: ancient(SOURCES[wildcards.source].tables()),
    output:
        rows=f"{RESULTS}/sources/{{source}}.parquet",
        frames=f"{RESULTS}/sources/{{source}}.frames.csv",
        segments=f"{RESULTS}/sources/{{source}}.segments.fits",
        psf=f"{RESULTS}/sources/{{source}}.psf.fits",
        rejects=f"{RESULTS}/sources/{{source}}.rejects.csv",
        checksums=f"{RESULTS}/sources/{{source}}.sha256",
        states=f"{RESULTS}/sources/{{source}}.states",
    log:
        f"{LOGS}/detect/{{source}}.log",
    benchmark:
        f"{BENCHMARKS}/detect/{{source}}.tsv"
    conda:
        "../../envs/sky.yaml"
    params:
        code=code("detection/detect.py"),
        settings=lambda wildcards: settings(
            "detection",
            "resolved_above",
            "reject",
            source=parameters.source_to_search(SOURCES[wildcards.source]),
            search=parameters.search_settings(CONFIG, SOURCES[wildcards.source]),
            frames=frame_digests(SOURCES[wildcards.source].files()),
            images=digests.of_images(
                SOURCES[wildcards.source],
                f"{RESULTS}/sources/{wildcards.source}.sha256",
            ),
            places=digests.of_places(SOURCES[wildcards.source]),
        ),
    message:
        "Finding the galaxies of source {wildcards.source}"
    script:
        "../scripts/detection/detect.py"
