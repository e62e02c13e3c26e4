"""Classes for all galaxies: made, judged, and made again only where needed."""

import json
import shutil
import subprocess

import pandas as pd
import pytest
import yaml

from galvote.catalog.flags import Flag, reasons_of
from known_inputs import write_three_kinds
from processes import kill, run, started, wait_until
from survey import (
    ROOT,
    command_for,
    planned,
    read_config,
    snakemake,
    write_config,
)

METHODS = [
    *("probe", "hand_made", "names", "latent", "small_network_turned", "fixmatch"),
    *("fixmatch_twin", "deepcluster"),
]
NETWORK = {"input_size": 32, "batch_size": 8, "epoch_steps": 10, "max_epochs": 8}
CLASSES = {
    "teach": 12,
    "methods": [name for name in METHODS if name != "fixmatch_twin"],  # comes along
    "label_counts": [8],
    "autoencoder": {"size": 32, "epoch_steps": 5, "max_epochs": 2, "batch_size": 8},
    "latent": {"epoch_steps": 5, "max_epochs": 3},
    "small_network_turned": NETWORK,
    "fixmatch": NETWORK | {"architecture": "small", "max_epochs": 3},
    "deepcluster": {"input_size": 32, "batch_size": 8, "epoch_steps": 3, "epochs": 2},
}
COMPARED = {
    "methods": ["hand_made", "fixmatch", "deepcluster"],
    "label_counts": [9, 12],
}
TABLES = (
    *("scores", "by_class", "confusion", "roc", "risk_coverage", "label_errors"),
    *("guesses", "feature_clusters", "features", "own_clusters"),
)
FIGURES = (
    *("confusion", "roc", "risk_coverage", "reliability", "bases"),
    *("guesses", "feature_clusters"),
)
JUDGING = {
    *("collect_truth", "judge_classes", "draw_classes", "judge_bases"),
    *("judge_guesses", "judge_features"),
}


@pytest.fixture(scope="module")
def classified(finished, tmp_path_factory):
    """Let all kinds of methods learn from the labels of the survey's table."""
    folder = tmp_path_factory.mktemp("classified") / "survey"
    run(["cp", "-a", finished, folder], check=True)
    write_config(folder, read_config(folder) | {"classes": CLASSES})
    done = snakemake(folder, "--cores", "2", "classify")
    assert done.returncode == 0, done.stdout
    return folder, done.stdout


def classes_of(folder, method, run_name="tiny"):
    return pd.read_parquet(folder / f"results/{run_name}/classes/{method}.parquet")


def test_every_galaxy_has_a_class_of_every_method(classified):
    folder, shown = classified
    votes = pd.read_parquet(folder / "results/tiny/votes.parquet")
    for method in METHODS:
        table = classes_of(folder, method)
        assert table["id"].tolist() == votes["id"].tolist()
        assert set(table["class"]) <= {"disk", "spheroid"}
    made = folder / "results/tiny/classes"
    for name in TABLES:
        assert len(pd.read_csv(made / f"{name}.csv")) or name == "label_errors", name
    for name in FIGURES:
        assert (made / f"{name}.png").stat().st_size > 5000, name
    trained = ("autoencoder", "latent", "small_network_turned", "fixmatch")
    for name in (*trained, "fixmatch_twin", "deepcluster"):
        assert (made / name / "curve.png").stat().st_size > 5000
    assert not list(made.rglob(".state*")) + list(made.rglob(".partial*"))
    assert "labels teach: disk" in shown or "labels teach: spheroid" in shown
    assert planned(folder, "classify") == {}
    assert planned(folder) == {"record_run": 1}  # of the run itself only its record


def test_labels_teach_or_judge_and_never_both(classified):
    made = classified[0] / "results/tiny/classes"
    splits = pd.read_parquet(made / "splits.parquet").set_index("id")
    teaching = pd.read_parquet(made / "teaching.parquet").set_index("id")
    assert 9 <= len(teaching) <= 12  # labels of two images that cannot be read, too
    assert len(splits) == 19
    assert set(splits.index[splits["part"] != "test"]) == set(teaching.index)
    scores = pd.read_csv(made / "scores.csv")
    judged = scores[scores["set"] == "all"].set_index("method")
    assert set(judged.index) == {*METHODS, "largest class", "random"}
    assert (judged["galaxies"] == 19 - len(teaching)).all()
    assert judged.loc["hand_made", "accuracy"] > 0.8  # disks on edge, and round ones
    facts = json.loads((made / "probe.json").read_text())
    assert facts["calibrated_on"] > 8


def test_methods_are_compared_at_several_numbers_of_labels(classified, tmp_path):
    folder = tmp_path / "survey"
    run(["cp", "-a", classified[0], folder], check=True)
    config = read_config(folder) | {"compare": COMPARED}
    write_config(folder, config)
    done = snakemake(folder, "--cores", "2", "compare")
    assert done.returncode == 0, done.stdout
    assert "adapt_encoder" not in done.stdout  # as it is there, for all cells
    made = folder / "results/tiny/comparison"
    summary = pd.read_csv(made / "summary.csv").set_index(["labels", "method"])
    methods = {*COMPARED["methods"], "fixmatch_twin", "largest class", "random"}
    assert set(summary.index) == {(n, m) for n in (9, 12) for m in methods}
    assert (summary["seeds"] == 1).all()
    learned = summary.drop(index=["largest class", "random"], level="method")
    assert (learned["prediction_seconds"] > 0).all()
    history = pd.read_csv(folder / "results/tiny/classes/deepcluster/history.csv")
    spent = summary.loc[(9, "deepcluster"), "training_seconds"]
    assert spent > history["seconds"].sum()
    twin = summary["over_twin"].dropna()
    assert twin.index.get_level_values("method").unique().tolist() == ["fixmatch"]
    page = (made / "comparison.html").read_text()
    for words in ("9 labels", "12 labels", "Most accurate", "Unlabelled galaxies"):
        assert words in page
    assert page.count("data:image/png;base64,") == 3
    # a cell is what `classify` makes of the same labels
    pd.testing.assert_frame_equal(
        pd.read_parquet(made / "12-0/hand_made.parquet"),
        classes_of(folder, "hand_made"),
    )
    pd.testing.assert_frame_equal(
        pd.read_parquet(made / "12-0/fixmatch.parquet"), classes_of(folder, "fixmatch")
    )
    assert planned(folder, "compare") == {}
    assert not list(made.rglob(".state*"))
    write_config(folder, config | {"compare": COMPARED | {"label_counts": [9, 21]}})
    refused = snakemake(folder, "--dry-run", "classify", "compare")
    assert "`compare.label_counts` (21, seed 0): all 21 labels teach" in refused.stdout


def corrected(folder, id_, label):
    """Give one galaxy of the table another label."""
    path = folder / "labels.csv"
    image = f"images/{id_.removeprefix('drawn_')}.png"
    lines = path.read_text().splitlines()
    (row,) = [n for n, line in enumerate(lines) if line.startswith(image)]
    parts = lines[row].split(",")
    lines[row] = ",".join([parts[0], label, parts[2]])
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("part", ["test", "train"])
def test_only_a_label_that_teaches_trains_again(classified, tmp_path, part):
    folder = tmp_path / "survey"
    run(["cp", "-a", classified[0], folder], check=True)
    splits = pd.read_parquet(folder / "results/tiny/classes/splits.parquet")
    truth = pd.read_parquet(folder / "results/tiny/truth.parquet").set_index("id")
    id_ = splits.loc[splits["part"] == part, "id"].iloc[0]
    other = {"disk": "spheroid", "spheroid": "disk"}[truth.loc[id_, "label"]]
    corrected(folder, id_, other)
    plan = set(planned(folder, "classify")) - {"classify"}
    if part == "test":
        assert plan == JUDGING
    else:
        again = {"choose_teaching", "fit_estimator", "train_network", "draw_learning"}
        again |= {"train_semi_supervised"}  # but no encoder is adapted again
        assert plan == JUDGING | again


def test_labels_of_a_table_may_be_of_any_galaxy(classified, tmp_path):
    folder = tmp_path / "survey"
    run(["cp", "-a", classified[0], folder], check=True)
    catalog = pd.read_parquet(folder / "results/tiny/catalog.parquet")
    sky = catalog[catalog["source"] == "sky"]
    wide = sky["axis_ratio"] > sky["axis_ratio"].median()
    names = wide.map(
        {True: "NA", False: "None"}
    )  # names, though they look like nothing
    labels = pd.DataFrame({"id": sky["id"], "label": names})
    nobody = pd.DataFrame({"id": ["nobody"], "label": ["NA"]})
    labels = pd.concat([labels, nobody])
    labels.to_csv(folder / "mine.csv", index=False, sep=";")
    more = {"labels": "mine.csv", "methods": ["hand_made"], "teach": 0.7}
    write_config(folder, read_config(folder) | {"classes": CLASSES | more})
    done = snakemake(folder, "--cores", "2", "classify")
    assert done.returncode == 0, done.stdout
    assert set(classes_of(folder, "hand_made")["class"]) == {"NA", "None"}
    assert "mine.csv was read as separated by semicolons" in done.stdout
    splits = pd.read_parquet(folder / "results/tiny/classes/splits.parquet")
    assert set(splits["id"]) == set(sky["id"])


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ({"teach": {"merger": 3, "disk": 2}}, "asks for 3 labels of the class merger"),
        ({"labels": "nowhere.csv"}, "`classes.labels`: there is no file nowhere.csv"),
        ({"labels": "labels.csv"}, "has no column `id`"),
        ({"labels": "two.csv"}, "gives drawn_g01 two labels"),
        ({"teach": 0.0001}, "of fewer than two classes (none)"),
        ({"teach": 1.0}, "labels teach, and none is left to judge"),
        ({"teach": 200}, "labels teach, and none is left to judge"),
        ({"teach": 0.5, "per_class": True}, "`classes.per_class` needs a number"),
        (
            {"network": {"architecture": "./mine"}},
            "'./mine' is no name of a timm model",
        ),
    ],
)
def test_labels_that_cannot_be_used_are_refused_at_once(finished, classes, words):
    (finished / "two.csv").write_text("id,label\ndrawn_g01,a\ndrawn_g01,b\n")
    config = read_config(finished)
    write_config(finished, config | {"classes": classes})
    done = snakemake(finished, "--dry-run", "classify")
    write_config(finished, config)
    assert done.returncode != 0
    assert words in done.stdout
    assert "Traceback" not in done.stdout


def test_no_picture_is_set_aside_for_looking_like_a_star(tmp_path):
    """As `config/fixmatch.yaml` has it, even where the PSF is known."""
    write_three_kinds(tmp_path, 16)
    config = yaml.safe_load((ROOT / "config/fixmatch.yaml").read_text())
    config["sources"][0] |= {"psf_fwhm": 6.0, "saturation": 250}
    config["classes"]["fixmatch"] |= NETWORK | {"architecture": "small"}
    config["classes"]["teach"] = 0.5
    write_config(tmp_path, config)
    done = snakemake(
        tmp_path, "--cores", "2", "results/fixmatch/classes/fixmatch.parquet"
    )
    assert done.returncode == 0, done.stdout
    results = tmp_path / "results/fixmatch"
    given = pd.read_csv(tmp_path / "objects.csv")
    galaxies = pd.read_parquet(results / "galaxies.parquet")
    point_like = galaxies["flags"] & (Flag.STAR | Flag.UNRESOLVED).value != 0
    assert point_like.sum() >= 14  # or nothing could be set aside
    included = config["clustering"]["include_unresolved"]
    assert (reasons_of(galaxies["flags"].to_numpy(), included) == "").all()
    table = classes_of(tmp_path, "fixmatch", run_name="fixmatch")
    names = "objects_" + given["image_path"].str.removesuffix(".png")
    assert set(table["id"]) == set(galaxies["id"]) == set(names)
    columns = {name for name in table if name.startswith("p_")}
    assert columns == {f"p_{kind}" for kind in given["Class"]}
    assert set(table["class"]) <= set(given["Class"])
    teaching = pd.read_parquet(results / "classes/teaching.parquet")
    assert set(teaching["label"]) == set(given["Class"])
    groups = pd.read_parquet(results / "classes/groups.parquet")
    assert groups["group"].is_unique  # no two stars are taken for one


METHOD = '''"""Galaxies take the class of the nearest mean of labelled codes."""

from sklearn.neighbors import NearestCentroid

from galvote.classes.estimators import EstimatorMethod


class Nearest(EstimatorMethod):
    """Settings of the nearest mean; it has none."""

    view = "codes"

    def estimator(self, seed: int) -> NearestCentroid:
        """Return the estimator."""
        return NearestCentroid()
'''


def test_a_new_method_is_one_file_and_one_line(classified, tmp_path):
    """As docs/architecture.md shows it."""
    folder = tmp_path / "survey"
    run(["cp", "-a", classified[0], folder], check=True)
    for name in ("workflow", "config", "profiles", "envs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copyfile(ROOT / "Snakefile", tmp_path / "Snakefile")
    package = tmp_path / "workflow/scripts/galvote/classes"
    (package / "nearest.py").write_text(METHOD)
    registry = (package / "registry.py").read_text()
    line = '    "nearest": "galvote.classes.nearest:Nearest",\n'
    (package / "registry.py").write_text(
        registry.replace("PLACES = {\n", "PLACES = {\n" + line)
    )
    more = {"methods": [*METHODS, "nearest"]}
    write_config(folder, read_config(folder) | {"classes": CLASSES | more})
    command = command_for(folder, "--cores", "2", "classify")
    command[command.index(ROOT / "Snakefile")] = tmp_path / "Snakefile"
    done = run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout
    ran = {
        line.split(" by ")[1]
        for line in done.stdout.splitlines()
        if "Learning classes by" in line
    }
    assert ran == {"nearest"}  # the others are left alone
    assert "Training" not in done.stdout
    scores = pd.read_csv(folder / "results/tiny/classes/scores.csv")
    assert "nearest" in set(scores["method"])


def test_a_killed_training_ends_with_the_same_weights(classified, tmp_path):
    folder = tmp_path / "survey"
    run(["cp", "-a", classified[0], folder], check=True)
    network = folder / "results/tiny/classes/small_network_turned"
    whole = (network / "weights.safetensors").read_bytes()
    table = classes_of(folder, "small_network_turned")
    (network / "weights.safetensors").unlink()
    log = folder / "results/tiny/logs/train_network/small_network_turned.log"
    log.unlink()
    target = "results/tiny/classes/small_network_turned/weights.safetensors"
    with started(command_for(folder, "--cores", "2", target), cwd=folder) as process:
        wait_until(
            lambda: (
                process.poll() is not None
                or (log.exists() and "epoch 3:" in log.read_text())
            )
        )
        assert process.poll() is None
        kill(process)
    assert list(network.glob(".state-*"))
    done = snakemake(folder, "--cores", "2", "classify")
    assert done.returncode == 0, done.stdout
    assert "going on after epoch" in done.stdout
    assert (network / "weights.safetensors").read_bytes() == whole
    pd.testing.assert_frame_equal(
        classes_of(folder, "small_network_turned"), table, check_exact=True
    )
    assert not list(network.glob(".state-*"))
