# Contact sheets and maps, for people to look at.


rule draw_sheets:
    input:
        galaxies=rules.list_galaxies.output.galaxies,
        votes=rules.vote.output.votes,
        reference=expand(rules.cluster.output.labels, model=CONFIG.vote.reference),
        codes=CLUSTERED_CODES,
        cutouts=shards_of("cutouts"),
        denoised=shards_of("denoised"),
        polar=shards_of("polar"),
    output:
        clusters=report(
            directory(f"{RESULTS}/sheets/clusters"),
            patterns=["{name}.png"],
            caption="../report/cluster.rst",
            labels={"figure": "Sheet of {name}"},
            category="4 Clusters",
        ),
        overview=report(
            f"{RESULTS}/sheets/overview.png",
            caption="../report/overview.rst",
            labels={"figure": "All clusters"},
            category="4 Clusters",
        ),
        map=report(
            f"{RESULTS}/sheets/map.png",
            caption="../report/map.rst",
            labels={"figure": "Map of the galaxies"},
            category="4 Clusters",
        ),
        denoising=report(
            f"{RESULTS}/sheets/denoising.png",
            caption="../report/denoising.rst",
            labels={"figure": "Before and after denoising"},
            category="2 Autoencoder",
        ),
    log:
        f"{LOGS}/draw_sheets.log",
    benchmark:
        f"{BENCHMARKS}/draw_sheets.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/draw_sheets.py"),
        settings=settings("sheets", seed=CONFIG.seed),
    message:
        "Drawing contact sheets and the map"
    script:
        "../scripts/figures/draw_sheets.py"
