# What a run brings along.


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
