# Galvote: survey images in, voted galaxy-morphology classes out.
# Each file in workflow/rules is one stage; config/README.md explains every key.
from snakemake.utils import min_version

min_version("9.11")


configfile: f"{workflow.current_basedir}/config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/simulation.smk"
include: "workflow/rules/detection.smk"
include: "workflow/rules/catalog.smk"
include: "workflow/rules/cutouts.smk"
include: "workflow/rules/views.smk"
include: "workflow/rules/codes.smk"
include: "workflow/rules/clusters.smk"
include: "workflow/rules/vote.smk"
include: "workflow/rules/classes.smk"
include: "workflow/rules/judging.smk"
include: "workflow/rules/judging_classes.smk"
include: "workflow/rules/comparison.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/run.smk"


rule all:
    default_target: True
    input:
        FINAL,
        rules.record_run.output,
    message:
        "Everything is in {RESULTS}"


rule classify:
    input:
        expand(f"{CLASSES}/{{method}}.parquet", method=METHODS),
        rules.draw_classes.output,
        rules.judge_bases.output,
        rules.judge_guesses.output if GUESSING else [],
        rules.judge_features.output if FEATURED or ADAPTED else [],
        expand(
            rules.draw_learning.output,
            trained=[*["autoencoder"] * USES_LATENTS, *TRAINED, *ADAPTED],
        ),
    message:
        f"The classes are in {CLASSES}"


rule compare:
    input:
        rules.judge_comparison.output,
        rules.draw_comparison.output,
    message:
        f"The comparison is in {COMPARISON}/comparison.html"
