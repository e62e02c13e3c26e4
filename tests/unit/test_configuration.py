"""Every key is described, has a default, and every mistake is told in a sentence."""

import copy

import pytest
import yaml

from galvote.base.errors import InputError
from galvote.config import checks, describe
from survey import ROOT

SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text())
FRAMES = {"name": "a", "kind": "frames", "path": "b"}


def bands(*names, **more):
    """Return a source of bands."""
    files = [{"name": name, "path": f"{name}.fits"} for name in names]
    return {"name": "a", "kind": "bands", "bands": files, **more}


def objects_of(schema, path=""):
    """Yield the path and schema of every object in a schema."""
    if schema.get("type") == "object":
        yield path, schema
        for key, rule in schema["properties"].items():
            yield from objects_of(rule, f"{path}.{key}")
        for branch in schema.get("allOf", []):
            yield path, branch["then"]
    if "items" in schema:
        yield from objects_of(schema["items"], f"{path}[]")


def test_the_shipped_config_is_complete_and_equals_the_defaults():
    done = checks.complete(CONFIG, SCHEMA)
    assert done | {"sources": None} == CONFIG | {"sources": None}
    for made, written in zip(done["sources"], CONFIG["sources"], strict=True):
        made["detection"] = written["detection"] | {
            k: v for k, v in made["detection"].items() if v is not None
        }
        assert made | written == made
    bare = checks.complete({"sources": CONFIG["sources"]}, SCHEMA)
    assert bare == checks.complete(CONFIG, SCHEMA)


def test_every_key_is_described_and_optional_ones_have_a_default():
    for path, schema in objects_of(SCHEMA):
        branches = schema.get("allOf")
        assert branches or schema["additionalProperties"] is False, path
        for key, rule in schema["properties"].items():
            if rule:
                assert "description" in rule, f"{path}.{key}"
                assert key in schema.get("required", []) or "default" in rule, key


def test_the_readme_of_the_config_is_made_from_the_schema():
    made = describe.describe(SCHEMA)
    assert (ROOT / "config/README.md").read_text() == made, "run `make docs`"


def test_the_published_settings_are_legal():
    euml = yaml.safe_load((ROOT / "config/euml.yaml").read_text())
    merged = copy.deepcopy(CONFIG)
    for key, value in euml.items():
        if isinstance(value, dict):
            merged[key].update(value)
        else:
            merged[key] = value
    done = checks.complete(merged, SCHEMA)
    assert done["clustering"]["k"] == 20
    assert done["codes"]["encoder"].startswith("convnext_large")


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("shard", 3, ["unknown config key `shard`", "did you mean `shards`"]),
        ("vote.min_vote", 2, ["`vote.min_vote`", "did you mean `min_votes`"]),
        (
            "clustering.k",
            "eight",
            ["`clustering.k`", "'eight'", "must be a whole number"],
        ),
        ("autoencoder.learning_rate", "1e-3", ["learning_rate", "1.0e-3"]),
        ("cutouts.channels", "color", ["`cutouts.channels`", "grey, colour, depths"]),
        ("autoencoder.layers", [], ["`autoencoder.layers`"]),
        ("autoencoder.latent_dim", -4, ["`autoencoder.latent_dim`", "-4"]),
        ("clustering.dimensions", "many", ["whole number or `auto`"]),
        ("vote.reference", "dbscan", ["`vote.reference`", "kmeans, ward, birch"]),
        ("vote.min_votes", 4, ["`vote.min_votes`", "3 clusterings"]),
        ("vote.clusters", [3, 2], ["`vote.clusters`", "lower bound first"]),
        ("vote.dimensions", [0.5, 2], ["`vote.dimensions[1]`"]),
        ("vote.min_agreement", 70, ["`vote.min_agreement`"]),
        ("vote.method", "hard", ["`vote.method`", "soft, euml"]),
        ("clustering", {"k": 200, "exact_limit": 150}, ["`clustering.exact_limit`"]),
        ("autoencoder.noise", [0.2, 0.1], ["lower bound first"]),
        (
            "codes",
            {"encoder": "measured", "weights": "a.pth"},
            ["no network", "`codes.weights`"],
        ),
        ("codes", {"views": ["polar"], "rotations": 3}, ["must be even", "two ends"]),
        (
            "codes.preprocessing",
            {"mean": [0.5], "std": [0.1, 0.2, 0.3]},
            ["one value for all"],
        ),
        (
            "codes.preprocessing",
            {"mean": [124, 116, 104], "std": [58, 57, 57]},
            ["`codes.preprocessing.mean[0]`", "124"],
        ),
        ("codes.encoder", "hf_hub:zoobot", ["hf_hub:zoobot", "hf_hub:owner/name"]),
        ("codes.encoder", "hf-hub:", ["hf_hub:owner/name"]),
        ("run", "../up", ["`run`"]),
        ("cutouts.channels", "depths", ["`cutouts.channels`", "source hdf"]),
        (
            "autoencoder.layers",
            [{"kernel": 3, "channels": 4, "pool": 8}] * 3,
            ["`autoencoder.layers` pools by 512"],
        ),
        ("sources", [], ["`sources`"]),
        (
            "sources",
            [{"name": "a", "kind": "frame", "path": "b"}],
            ["`sources[0].kind`", "frames, bands, stamps, images"],
        ),
        ("sources", [{"name": "a", "kind": "frames"}], ["`sources[0]`", "`path`"]),
        (
            "sources",
            [{"name": "a", "kind": "images", "path": "b", "zero_point": 2.0}],
            ["unknown config key `sources[0].zero_point`", "crop"],
        ),
        ("sources", [bands("g", "g", "r")], ["`sources[0].bands`", "one name"]),
        ("sources", [bands("g", "r")], ["are two", "choose grey"]),
        (
            "sources",
            [bands("g", "r", "i", colour=["z", "r", "g"])],
            ["`sources[0].colour` names the band z", "g, r, i"],
        ),
        (
            "sources",
            [bands("g", "r", "i", detect="z")],
            ["`sources[0].detect` names the band z", "g, r, i"],
        ),
        *(
            (
                "sources",
                [FRAMES | {"positions": {"path": "c"} | columns}],
                ["`sources[0].positions`", "`x` and `y`, or `ra` and `dec`"],
            )
            for columns in (
                {},
                {"x": "X"},
                {"x": "X", "dec": "D"},
                {"x": "X", "y": "Y", "ra": "R"},
                {"x": "X", "y": "Y", "ra": "R", "dec": "D"},
            )
        ),
        ("sources", [CONFIG["sources"][0]] * 2, ["two sources have one name"]),
    ],
)
def test_a_mistake_is_told_in_one_sentence(key, value, parts):
    config = copy.deepcopy(CONFIG)
    *sections, last = key.split(".")
    place = config
    for section in sections:
        place = place[section]
    place[last] = value
    with pytest.raises(InputError) as caught:
        checks.complete(config, SCHEMA)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence


def test_whole_numbers_may_be_written_with_a_point():
    config = copy.deepcopy(CONFIG) | {"shards": 2.0}
    config["clustering"]["k"] = 3.0
    done = checks.complete(config, SCHEMA)
    assert isinstance(done["shards"], int)
    assert isinstance(done["clustering"]["k"], int)
    assert isinstance(done["detection"]["threshold"], float)


def test_files_and_columns_that_are_missing_are_refused(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("image_path,class\na.png,x\n")
    source = {"name": "a", "kind": "images", "path": str(table)}
    config = checks.complete({"sources": [source]}, SCHEMA)
    checks.check_files(config, lambda path: False)
    config["sources"][0]["label_column"] = "label"
    with pytest.raises(
        InputError, match="no column `label`; it has: image_path, class"
    ):
        checks.check_files(config, lambda path: False)
    config["sources"][0]["path"] = "nowhere.csv"
    with pytest.raises(
        InputError, match=r"`sources\[0\].path`: there is no file nowhere"
    ):
        checks.check_files(config, lambda path: False)
