"""Draw contact sheets of the clusters, a map of the galaxies and the denoising."""

import numpy as np
import pandas as pd

from galvote.base.files import read_arrays, whole_folder
from galvote.base.pngs import read_image
from galvote.base.shards import folders_of
from galvote.figures import sheets
from galvote.figures.maps import places_on_map, plot_map
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    rng = np.random.default_rng(settings["seed"])
    ids = pd.read_parquet(snakemake.input.galaxies, columns=["id"])["id"]
    views = [snakemake.input.cutouts, snakemake.input.denoised, snakemake.input.polar]
    places = {v: folders_of(ids, f) for v, f in zip(sheets.VIEWS, views, strict=True)}

    def read(view: str, id_: str) -> np.ndarray:
        """Read the image of a galaxy in one view."""
        return read_image(f"{places[view][id_]}/{id_}.png")

    votes = pd.read_parquet(snakemake.input.votes).set_index("id")
    reference = pd.read_parquet(snakemake.input.reference).set_index("id")
    certainty = votes["agreement"].add(1e-3 * reference["confidence"], fill_value=0.0)
    overview = {}
    with whole_folder(snakemake.output.clusters) as folder:
        for cluster in [*sorted(set(votes["cluster"]) - {-1}), -1]:
            members = votes.index[votes["cluster"] == cluster].to_numpy()
            if len(members) == 0:
                continue
            name = "rest" if cluster < 0 else f"cluster {cluster}"
            given = votes["name"][members[0]]
            meant = "" if given in ("rest", str(cluster)) else f", {given}"
            why = sheets.reasons_in_words(votes["reason"][members])
            title = f"{name}{meant}: {len(members)} galaxies{why and f' ({why})'}"
            groups = sheets.choose_members(
                members, certainty[members].to_numpy(), settings["members"], rng
            )
            file = folder / f"{name.replace(' ', '_')}.png"
            sheets.draw_cluster_sheet(title, groups, read, settings["members"], file)
            some = np.sort(rng.permutation(members)[: sheets.OVERVIEW_MEMBERS])
            overview[title] = some.tolist()
    title = sheets.headline(votes, reference["label"])
    sheets.draw_overview(overview, read, title, snakemake.output.overview)

    shown = np.sort(rng.permutation(votes.index.to_numpy())[:10]).tolist()
    sheets.draw_denoising(shown, read, snakemake.output.denoising)

    codes = read_arrays(snakemake.input.codes)
    chosen = np.sort(rng.permutation(len(codes["ids"]))[: settings["map_galaxies"]])
    some_ids = codes["ids"][chosen]
    plot_map(
        places_on_map(codes["codes"][chosen], settings["seed"]),
        votes.loc[some_ids, "cluster"].to_numpy(),
        np.stack([read("cutouts", id_) for id_ in some_ids]),
        snakemake.output.map,
    )
