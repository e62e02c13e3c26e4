"""Broken and odd inputs: one run survives them all, and says what became of each."""

import re

import numpy as np
import pandas as pd
import pytest

from galvote.base.errors import InputError
from galvote.base.rejects import read_rejects
from galvote.catalog.flags import Flag
from galvote.config import digests
from galvote.inputs import listings
from galvote.inputs.sources import source_of
from odd_inputs import BROKEN_GALAXY10, EMPTY, make_corpus, make_mistakes
from survey import TINY, snakemake, write_config

SHARDS = ("1-of-2", "2-of-2")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Return the odd inputs, the results of a run on them, catalogue and rejects."""
    corpus = make_corpus(tmp_path_factory.mktemp("odd"))
    config = TINY | {"run": "odd", "shards": 2, "sources": corpus.sources}
    config["cutouts"] = {"size": 32, "channels": "grey"}
    config["detection"] = {"min_area": 12, "reject": [], "merge_within": None}
    write_config(corpus.folder, config)
    results = corpus.folder / "results/odd"
    wanted = ["catalog.parquet", "truth.parquet", *(f"cutouts/{s}" for s in SHARDS)]
    targets = [f"results/odd/{name}" for name in wanted]
    done = snakemake(corpus.folder, "--cores", "2", *targets)
    (corpus.folder / "shown.txt").write_text(done.stdout)
    assert done.returncode == 0, done.stdout
    lists = [*results.glob("sources/*.rejects.csv"), results / "galaxies.rejects.csv"]
    lists += results.glob("cutouts/*.rejects.csv")
    catalog = pd.read_parquet(results / "catalog.parquet").set_index("id", drop=False)
    return corpus, results, catalog, read_rejects(sorted(lists))


def is_as_expected(outcome, flags, reason):
    """Tell whether a galaxy, or else a reject, is what was expected."""
    if isinstance(outcome, str):
        return flags is None and outcome in reason
    if flags is None:
        return False
    wanted = outcome.value | (outcome.value & Flag.UNDETECTED.value)
    return flags & (outcome.value | Flag.UNDETECTED.value) == wanted


def test_each_image_and_position_is_kept_or_rejected_with_its_reason(odd):
    corpus, _, catalog, rejects = odd
    assert rejects["id"].is_unique
    reasons, flags = rejects.set_index("id")["reason"], catalog["flags"]
    wrong = {
        id_: (outcome, flags.get(id_), reasons.get(id_))
        for id_, outcome in corpus.single.items()
        if not is_as_expected(outcome, flags.get(id_), reasons.get(id_, ""))
    }
    assert not wrong


def test_nothing_is_lost_and_nothing_comes_up_twice(odd):
    corpus, results, catalog, rejects = odd
    ids = [*catalog["id"], *rejects["id"]]
    assert len(set(ids)) == len(ids)
    of_frames = re.compile(f"({'|'.join(corpus.frames)})(_x.*)?")
    assert {id_ for id_ in ids if not of_frames.fullmatch(id_)} == set(corpus.single)
    for name in {id_.split("_")[0] for id_ in corpus.frames}:
        if any(id_.split("_")[0] == name for id_ in corpus.single):
            continue
        found = pd.read_csv(results / f"sources/{name}.frames.csv").get("sources")
        kept = (catalog["source"] == name).sum()
        left = (rejects["source"] == name).sum() - sum(
            id_ in corpus.frames for id_ in rejects["id"][rejects["source"] == name]
        )
        assert kept + left == (0 if found is None else found.sum()), name


def test_each_frame_is_searched_or_rejected_with_its_reason(odd):
    corpus, _, catalog, rejects = odd
    reasons = rejects.set_index("id")["reason"]
    wrong = {}
    for id_, outcome in corpus.frames.items():
        its = catalog[catalog["id"].str.startswith(f"{id_}_x")]
        reason = reasons.get(id_, "")
        if outcome is EMPTY or isinstance(outcome, str):
            fine = len(its) == 0 and ((outcome or "") in reason)
            fine &= bool(reason) == (outcome is not EMPTY)
        else:
            fine = reason == "" and len(its) > 0
            fine &= (its["flags"] & outcome.value == outcome.value).any()
        if not fine:
            wrong[id_] = outcome, len(its), reason
    assert not wrong


def test_values_come_through(odd):
    corpus, _, catalog, _ = odd
    for id_, cells in corpus.values.items():
        for column, wanted in cells.items():
            seen = catalog.at[id_, column]
            if wanted is None:
                assert np.isnan(seen), (id_, column)
            elif isinstance(wanted, float):
                assert seen == pytest.approx(wanted, abs=1.5e-5), (id_, column)
            else:
                assert str(seen) == str(wanted), (id_, column)


def test_ids_are_safe_as_names_of_files_everywhere(odd):
    _, results, catalog, rejects = odd
    for id_ in [*catalog["id"], *rejects["id"]]:
        assert ID.fullmatch(id_), id_
    assert catalog["id"].str.lower().is_unique
    cut = sorted(path.stem for path in results.glob("cutouts/*/*.png"))
    assert cut == sorted(catalog["id"])


def refuse(source):
    """Read the tables of a source as a run does before anything else."""
    digests.check_tables([source_of(source)])


def test_mistakes_in_tables_are_told_in_one_sentence(tmp_path, monkeypatch):
    mistakes = make_mistakes(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, (source, said) in mistakes.items():
        with pytest.raises(InputError) as told:
            refuse(source)
        assert said in str(told.value), name
    for name in ("positions in Latin-1", "Galaxy10 without a label"):
        source, said = mistakes[name]
        write_config(tmp_path, TINY | {"sources": [source]})
        done = snakemake(tmp_path, "--dry-run")
        assert done.returncode != 0
        assert said in done.stdout
        assert "Traceback" not in done.stdout


@pytest.mark.parametrize("name", BROKEN_GALAXY10)
def test_a_broken_galaxy10_says_what_is_wrong(name, tmp_path):
    content, said = BROKEN_GALAXY10[name]
    (tmp_path / "g.h5").write_bytes(content)
    with pytest.raises(InputError, match=re.escape(said)):
        listings.read_listing(
            source_of({"name": "g", "kind": "galaxy10", "path": str(tmp_path / "g.h5")})
        )
