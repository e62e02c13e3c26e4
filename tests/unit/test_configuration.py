"""Every key is described, has a default, and every mistake is told in a sentence."""

import copy

import pytest
import yaml

from galvote.base.errors import InputError
from galvote.config import describe
from galvote.config.checks import check_files, check_run, complete
from galvote.config.repeated_keys import refuse_repeated_keys
from galvote.inputs.sources import source_of
from survey import ROOT

CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text())
FRAMES = {"name": "a", "kind": "frames", "path": "b"}


def bands(*names, **more):
    """Return a source of bands."""
    files = [{"name": name, "path": f"{name}.fits"} for name in names]
    return {"name": "a", "kind": "bands", "bands": files, **more}


def test_the_shipped_config_is_legal_and_repeats_no_default():
    complete(CONFIG)
    written = {key for key in CONFIG if key not in ("run", "sources")}
    assert not written  # the default run decides no other key
    for source in CONFIG["sources"]:
        required = {"name", "kind", "path"} & source.keys()
        bare = source_of({key: source[key] for key in required})
        for key in source.keys() - required:
            assert source[key] != getattr(bare, key), key


def test_every_key_is_described():
    rows = list(describe.rows())
    assert len({key for key, _, _ in rows}) == len(rows) > 150
    for key, default, meaning in rows:
        assert len(meaning.strip()) > 5, key
        assert default or "." not in key or models_of(key), key


def models_of(key):
    """Tell whether a key is a section: others begin with it."""
    return [k for k, _, _ in describe.rows() if k.startswith(f"{key}.")]


def test_the_pages_about_the_config_are_made_from_it():
    assert (ROOT / "config/README.md").read_text() == describe.readme(), "`make docs`"
    path = ROOT / "workflow/schemas/config.schema.yaml"
    assert path.read_text() == describe.schema(), "`make docs`"


@pytest.mark.parametrize(
    "name", ["cae_classifier", "deepcluster", "euml", "fixmatch", "galaxy10"]
)
def test_the_presets_are_legal_and_have_runs_of_their_own(name):
    preset = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())
    assert complete(CONFIG | preset).run == name


def test_the_published_settings_are_legal():
    euml = yaml.safe_load((ROOT / "config/euml.yaml").read_text())
    done = complete(CONFIG | euml)
    assert done.clustering.k == 20
    assert done.codes.encoder.startswith("convnext_large")


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
        (
            "codes.encoder",
            "./results/hubble_deep_field/classes/moco/encoder",
            ["`codes.encoder`", "another name than hubble_deep_field"],
        ),
        (
            "classes.moco.architecture",
            "small",
            ["`classes.moco.architecture`", "gives no codes"],
        ),
        ("compare.label_counts", [60, 60], ["`compare.label_counts`"]),
        ("compare.seeds", [], ["`compare.seeds`"]),
        ("compare.methods", ["fixmtch"], ["did you mean `fixmatch`?"]),
        ("classes.teach", "many", ["`classes.teach`", "a whole number or a number"]),
        ("classes.teach", 1.5, ["`classes.teach`", "at most 1"]),
        ("classes.teach", {"spiral": 0}, ["`classes.teach.spiral`", "at least 1"]),
        ("classes.methods", ["probes"], ["`classes.methods[0]`", "one of: probe,"]),
        ("classes.methods", ["netwrok"], ["did you mean `network`?"]),
        ("classes.network.augment", "all", ["`classes.network.augment`", "turns, sky"]),
        ("classes.autoencoder.size", 16, ["`classes.autoencoder.layers` pools by 16"]),
        ("classes.autoencoder.noise", [0.2, 0.1], ["`classes.autoencoder.noise`"]),
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
            {"encoder": "hand_made", "weights": "a.pth"},
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
        ("sources", [FRAMES | {"hdu": -1}], ["`sources[0].hdu` is -1", "at least 0"]),
        ("sources", [FRAMES | {"planes": -1}], ["`sources[0].planes` is -1"]),
        ("sources", [FRAMES | {"planes": [0, -1]}], ["`sources[0].planes[1]` is -1"]),
        ("sources", [FRAMES | {"planes": []}], ["`sources[0].planes` is []"]),
        ("sources", [FRAMES | {"saturation": float("inf")}], ["a finite number"]),
        ("sources", [FRAMES | {"psf_fwhm": float("nan")}], ["`sources[0].psf_fwhm`"]),
        (
            "sources",
            [FRAMES | {"positions": {"path": "c", "first_pixel": True}}],
            ["`sources[0].positions.first_pixel`", "must be a number"],
        ),
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
        *(
            (
                "sources",
                [FRAMES | {"name": "a_b"}, FRAMES | {"name": name}],
                [f"the name {name} is kept for a frame of source a_b"],
            )
            for name in ("a_b_h1", "a_b_h12_x", "A_B_h0")
        ),
        ("sources", [FRAMES | {"name": "_a"}], ["`sources[0].name`"]),
        ("sources", [FRAMES | {"name": "a/b"}], ["`sources[0].name`"]),
    ],
)
def test_a_mistake_is_told_in_one_sentence(key, value, parts):
    config = copy.deepcopy(CONFIG)
    *sections, last = key.split(".")
    place = config
    for section in sections:
        place = place.setdefault(section, {})
    place[last] = value
    with pytest.raises(InputError) as caught:
        complete(config)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence


def test_names_of_sources_and_bands_may_have_underscores():
    names = ["a", "a_b", "a_b_c", "a_hst", "hst_f814w"]
    sources = [FRAMES | {"name": name} for name in names]
    sources.append(bands("g_1", "r_1", "i_1", name="all_bands"))
    done = complete(CONFIG | {"sources": sources})
    assert [source.name for source in done.sources] == [*names, "all_bands"]
    assert done.sources[-1].colour == ["i_1", "r_1", "g_1"]


def test_a_tilde_is_the_home_in_every_path(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    maps = {key: f"~/{key}.fits" for key in ("mask", "weight", "rms")}
    sources = [
        {"name": "a", "kind": "frames", "path": "~/a.fits", **maps}
        | {"positions": {"path": "~/p.csv", "x": "x", "y": "y"}},
        bands("g", name="b"),
        {"name": "c", "kind": "stamps", "path": "~/s/*.fits", **maps, "psf": "~/p/*.f"},
        {"name": "d", "kind": "images", "path": "~/t.csv", "folder": "~/d"},
        {"name": "e", "kind": "galaxy10", "path": "~/g.h5"},
    ]
    sources[1]["bands"][0]["path"] = "~/g.fits"
    codes = {"encoder": "~/encoder"}
    given = {"vote": {"names": "~/n.csv"}, "assign": {"fitted": "~/f.npz"}}
    done = complete(CONFIG | given | {"sources": sources, "codes": codes})
    text = done.model_dump_json()
    assert text.count('"/home/me/') == 17
    assert "~" not in text
    done = complete(CONFIG | {"codes": {"weights": "~/w.pth"}})
    assert done.codes.weights == "/home/me/w.pth"


def test_whole_numbers_may_be_written_with_a_point():
    done = complete(CONFIG | {"shards": 2.0, "clustering": {"k": 3.0}})
    assert isinstance(done.shards, int)
    assert isinstance(done.clustering.k, int)
    assert isinstance(done.detection.threshold, float)


def test_an_hdu_in_brackets_is_that_of_a_file_that_is_there(tmp_path):
    (tmp_path / "field.fits").touch()
    source = FRAMES | {"path": f"{tmp_path}/field.fits[SCI]"}
    (made,) = complete({"run": "a", "sources": [source]}).sources
    assert (made.path, made.hdu) == (f"{tmp_path}/field.fits", "SCI")


@pytest.mark.parametrize(
    ("names", "colours"),
    [("g", "ggg"), ("gr", "ggg"), ("gri", "irg"), ("ugriz", "zru")],
)
def test_colours_are_the_last_the_middle_and_the_first_band(names, colours):
    source = bands(*names)
    config = {"run": "a", "sources": [source], "cutouts": {"channels": "grey"}}
    assert complete(config).sources[0].colour == list(colours)


def test_files_and_columns_that_are_missing_are_refused(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("image_path,class\na.png,x\n")

    def check(**more):
        source = {"name": "a", "kind": "images", "path": str(table)} | more
        check_files(complete({"run": "a", "sources": [source]}), lambda path: False)

    check()
    with pytest.raises(
        InputError, match="no column `label`; it has: image_path, class"
    ):
        check(label_column="label")
    with pytest.raises(
        InputError, match=r"`sources\[0\].path`: there is no file nowhere"
    ):
        check(path="nowhere.csv")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("run: a\nseed: 1\nrun: b\n", ["`run`", "lines 1 and 3"]),
        ("clustering:\n  k: 3\n  # a comment\n  k: 4\n", ["`clustering.k`", "2 and 4"]),
        ("vote: {voters: 8, voters: 9}\n", ["`vote.voters`", "1 and 1"]),
        (
            "sources:\n- name: a\n  path: b\n- name: c\n  'path': d\n  path: e\n",
            ["`sources[1].path`", "5 and 6"],
        ),
        ("a: &x {k: 1}\nb:\n  <<: *x\n  k: 2\n  k: 3\n", ["`b.k`", "4 and 5"]),
        (
            '{\n\t"vote": {"voters": 1,\n\t"voters": 2}\n}\n',
            ["`vote.voters`", "2 and 3"],
        ),
        ('{"a": "\\ud83d\\ude00"}', ["cannot be read as YAML"]),
    ],
)
def test_a_key_that_stands_twice_is_refused(tmp_path, text, parts):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        refuse_repeated_keys([ROOT / "config/config.yaml", path])
    for part in [str(path), *parts]:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {k: 1}\nb: {<<: *x, k: 2}\nc: {<<: *x, <<: *x}\nd: [*x, *x]\n",
        "a: &x [*x]\n",
        "vote: {k: 1}\nchoose: {k: 1}\nsources: [{name: a}, {name: b}]\n",
        "",
    ],
)
def test_anchors_and_merged_sections_are_no_repetition(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    refuse_repeated_keys([path, ROOT / "config/euml.yaml"])


def test_other_sources_need_a_name_of_their_own():
    others = {"sources": [FRAMES]}
    with pytest.raises(InputError, match="give `run` a name of its own"):
        check_run(CONFIG | others, CONFIG)
    with pytest.raises(InputError, match="`run` is hubble_deep_field"):
        check_run(CONFIG | {"sources": [CONFIG["sources"][0] | {"hdu": 1}]}, CONFIG)
    check_run(CONFIG | others | {"run": "mine"}, CONFIG)
    check_run(CONFIG | {"clustering": {"k": 5}}, CONFIG)
    edited = CONFIG | others  # config.yaml itself
    check_run(edited, edited)
    check_run(others, CONFIG)  # as a module, with the name that is its default
