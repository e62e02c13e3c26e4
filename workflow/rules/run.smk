# What the run was made with and from; and all that a run makes.


# the artefacts of a run, of which `all` asks for each; `record_run` waits for them
FINAL = [
    rules.build_catalog.output,
    rules.collect_rejects.output,
    rules.draw_training.output,
    shards_of("linear") if CONFIG.cutouts.linear else [],
    shards_of("denoised"),
    shards_of("polar"),
    rules.draw_elbow.output,
    rules.vote.output,
    rules.sort_into_folders.output,
    rules.draw_sheets.output,
    rules.find_outliers.output.outliers,
    rules.draw_outliers.output,
    rules.keep_fitted.output if KEEPS_FITTED else [],
    rules.judge_vote.output,
    rules.judge_stability.output,
    rules.judge_nuisances.output,
    rules.draw_evaluation.output if LABELLED else [],
]


rule record_run:
    input:
        checksums=expand(f"{RESULTS}/sources/{{source}}.sha256", source=SOURCES),
        encoder=(
            [
                *rules.fetch_encoder.output[1:],
                *rules.plan_encoding.output,
            ]
            if USES_NETWORK
            else []
        ),
        weights=rules.train_autoencoder.output.weights,
        codes=encoded(".npz"),
        votes=rules.vote.output.votes,
        rejects=rules.collect_rejects.output.rejects,
        final=FINAL,
    output:
        record=f"{RESULTS}/run.json",
        page=report(
            f"{RESULTS}/run.html",
            caption="../report/run.rst",
            labels={"figure": "What the run was made with"},
            category="6 Provenance",
        ),
    log:
        f"{LOGS}/record_run.log",
    benchmark:
        f"{BENCHMARKS}/record_run.tsv"
    localrule: True
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("run/record_run.py"),
        settings=settings(
            config=config,
            tables={name: source.tables() for name, source in SOURCES.items()},
            shards=SHARDS,
            benchmarks=BENCHMARKS,
        ),
    message:
        "Recording versions, checksums and times"
    script:
        "../scripts/run/record_run.py"
