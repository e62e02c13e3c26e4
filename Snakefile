# Galvote: survey images in, voted galaxy-morphology classes out.
# Each file in workflow/rules is one stage; config/README.md explains every key.
from snakemake.utils import min_version

min_version("9.11")


configfile: f"{workflow.basedir}/config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/parameters.smk"
include: "workflow/rules/sources.smk"
include: "workflow/rules/cutouts.smk"
include: "workflow/rules/autoencoder.smk"
include: "workflow/rules/polar.smk"
include: "workflow/rules/codes.smk"
include: "workflow/rules/clusters.smk"
include: "workflow/rules/vote.smk"
include: "workflow/rules/novelty.smk"
include: "workflow/rules/sheets.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/provenance.smk"


rule all:
    default_target: True
    input:
        rules.build_catalog.output.catalog,
        rules.collect_rejects.output,
        rules.draw_training.output,
        shards_of("linear") if config["cutouts"]["linear"] else [],
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
        rules.record_run.output,
    message:
        "Everything is in {RESULTS}"
