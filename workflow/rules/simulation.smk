# Simulated surveys, whose galaxies are all known.


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
        settings=lambda wildcards: SOURCES[wildcards.source].simulation.model_dump(),
    message:
        "Simulating the survey {wildcards.source}"
    script:
        "../scripts/simulation/simulate_survey.py"
