"""The report and the record of a run."""

import hashlib
import json
import re
import shutil

import pytest
import yaml
from PIL import Image

from galvote.networks.devices import choose_dtype
from processes import run
from survey import FIGURES, ROOT, snakemake

CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"]
CHROMIUM += ["--no-first-run", "--disable-background-networking", "--disable-sync"]
CHROMIUM += ["--disable-component-update", "--virtual-time-budget=5000"]


@pytest.fixture(scope="module")
def report(finished, tmp_path_factory):
    """Make and unpack the report; return its page."""
    folder = tmp_path_factory.mktemp("report")
    done = snakemake(finished, "--report", folder / "report.zip")
    assert done.returncode == 0, done.stdout
    shutil.unpack_archive(folder / "report.zip", folder)
    return next(folder.rglob("report.html"))


def test_the_report_holds_every_figure(report):
    text = report.read_text()
    for figure in FIGURES:
        assert figure.split("/")[-1] in text
    assert "cluster_0.png" in text
    assert "run.html" in text


@pytest.mark.long
def test_a_browser_shows_the_report_and_the_record(finished, report, tmp_path):
    if shutil.which("chromium") is None:
        pytest.skip("needs chromium")
    record = finished / "results/tiny/run.html"
    for page, words in (
        (report, ["2 Autoencoder", "4 Clusters", "5 Judging", "6 Provenance"]),
        (record, ["Galvote run tiny", "train_autoencoder", "scikit-learn", "sky.fits"]),
    ):
        command = ["chromium", *CHROMIUM, f"--user-data-dir={tmp_path / page.stem}"]
        done = run([*command, "--dump-dom", page.as_uri()])
        for word in words:
            assert word in done.stdout, f"{word} in {page.name}"
        shot = tmp_path / f"{page.stem}.png"
        run([*command, f"--screenshot={shot}", page.as_uri()])
        with Image.open(shot) as picture:
            assert len(picture.convert("L").getcolors()) > 20  # something is drawn


def test_the_record_tells_what_the_run_was_made_with(finished):
    results = finished / "results/tiny"
    record = json.loads((results / "run.json").read_text())
    pins = dict(re.findall(r"(\S+)==(\S+)", (ROOT / "requirements.txt").read_text()))
    for package, version in record["versions"].items():
        if package != "python":
            assert version.split("+")[0] == pins[package]
    assert {"torch", "timm", "scikit-learn", "snakemake"} < set(record["versions"])
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    assert set(record["config"]) == set(schema["properties"])
    assert record["seed"] == 42
    for name, file in (("sky", "sky.fits"), ("drawn", "labels.csv")):
        digest = hashlib.sha256((finished / file).read_bytes()).hexdigest()
        assert list(record["inputs"][name]["files"].values()) == [digest]
    for path, part in (
        (results / "autoencoder/weights.safetensors", "autoencoder"),
        (next(finished.glob("resources/encoders/*/*.safetensors")), "encoder"),
    ):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert record[part]["sha256"] == digest
        assert record[part]["device"] in ("cpu", "cuda")
    assert record["encoder"]["dtype"] == choose_dtype(record["encoder"]["device"])
    assert record["encoder"]["engine"] == "torch"
    jobs = {rule: times["jobs"] for rule, times in record["rules"].items()}
    assert (jobs["encode"], jobs["cluster"], jobs["vote"]) == (2, 3, 1)
    assert all(times["seconds"] > 0 for times in record["rules"].values())


def test_the_checksums_are_those_of_the_files(finished):
    for path in (finished / "results/tiny/sources").glob("*.sha256"):
        run(["sha256sum", "--check", "--quiet", path], cwd=finished, check=True)
