"""What the vote is worth on labelled galaxies, against its peers.

    python benchmarks/voting.py results/<run> ...

Prints Markdown tables for finished runs with labels. Clusters get their names from half
of the labels and the other half is judged; medians over the seeds of the config. All
numbers of a run are from one process.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from galvote.base.files import read_arrays
from galvote.clusters.fitting import cluster
from galvote.clusters.means import nearest_means
from galvote.judging import methods, scores
from galvote.judging.stability import stability_table
from galvote.vote.matching import align
from galvote.vote.tally import (
    SOFT_VOTE,
    decide,
    hold_vote,
    is_voted,
    least_agreements,
    tally,
    winners,
)
from galvote.vote.voters import fit_voters

SHARES = (0.2, 0.37, 0.53, 0.70, 0.85, 1.0)
PROBES = [20, 60, 100]
WORKERS = 2
HELD = 5  # a fifth of the galaxies is held back


def settings_of(config: dict) -> dict:
    """Choose the settings of clusterings and votes from a run's config."""
    section, vote = config["clustering"], config["vote"]
    limits = {key: section[key] for key in ("bag_size", "exact_limit")}
    soft = {key: vote[key] for key in ("voters", "clusters", "dimensions")}
    models = section["models"]
    settings = {key: vote[key] for key in ("reference", "min_agreement", "least_share")}
    settings |= {"k": section["k"], "models": models, "limits": limits}
    settings |= {"soft": soft | {"bag_size": section["bag_size"]}, "workers": WORKERS}
    settings |= {"min_votes": len(models), "probe_labels": PROBES}
    return settings | {model: section.get(model, {}) for model in models}


class Run:
    """Codes, classes and clusterings of a finished run."""

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "run.json").read_text())["config"]
        self.settings = settings_of(config)
        self.seeds = config["evaluation"]["seeds"]
        codes = read_arrays(folder / "pca/codes.npz")
        self.ids, self.points = codes["ids"], codes["codes"]
        labels = pd.read_parquet(folder / "truth.parquet").set_index("id")["label"]
        self.known = np.flatnonzero(np.isin(self.ids, labels.index))
        truth, classes = pd.factorize(labels.loc[self.ids[self.known]], sort=True)
        self.truth, self.classes = truth, classes.tolist()
        self.own = {
            name: cluster(
                name,
                self.points,
                self.settings["k"],
                config["seed"],
                self.settings[name],
                self.settings["limits"],
            )
            for name in self.settings["models"]
        }


def row_at(right: np.ndarray, order: np.ndarray) -> dict[str, float]:
    """Return the accuracy of the surest galaxies at each share."""
    curve = scores.risk_coverage(right, order)
    return {f"{share:.2f}": scores.accuracy_at(curve, share) for share in SHARES}


def kept_of(truth: np.ndarray, order: np.ndarray, share: float) -> float:
    """Return the least share of a class among the surest galaxies."""
    surest = np.argsort(-order, kind="stable")[: round(share * len(truth))]
    kept = np.bincount(truth[surest], minlength=truth.max() + 1)
    return float((kept / np.bincount(truth)).min())


def compare(run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare methods at equal shares, and the soft vote with each that votes."""
    rows, pairs = [], []
    for seed in run.seeds:
        again = methods.refit(run.points, run.settings, seed, run.own)
        everyone = np.arange(len(run.known))
        said = [
            (everyone, one)
            for one in methods.assignments(
                run.points, again, run.settings, seed, run.known
            )
        ]
        others = methods.other_clusterings(run.points, run.settings, seed)
        said += [
            (everyone, methods.single(name, found, run.known))
            for name, found in others.items()
        ]
        points = run.points[run.known]
        said += [
            (chosen, one)
            for chosen, one in methods.baselines(
                points, points, run.truth, run.settings, seed
            )
            if one.classes
        ]
        learning = scores.learning_half(run.truth, seed)
        curves = {}
        for chosen, one in said:
            truth, judged = run.truth[chosen], ~learning[chosen]
            names = np.arange(one.weights.shape[1])
            if not one.classes:
                cluster = winners(one.weights)
                names = scores.name_clusters(
                    truth[~judged],
                    cluster[~judged],
                    len(names),
                    len(run.classes),
                )
            named = scores.by_names(one, names)
            right = (named.predicted == truth)[judged]
            order, true = named.order[judged], truth[judged]
            row = {"method": one.method, **row_at(right, order)}
            row["kept at 0.53"] = kept_of(true, order, 0.53)
            row["kept at 0.70"] = kept_of(true, order, 0.70)
            shares = scores.class_completeness(
                true, named.predicted[judged], len(run.classes)
            )
            row["balanced"] = float(np.nanmean(shares))
            rows.append(row)
            curves[one.method] = scores.risk_coverage(right, order)
            if one.min_agreement is not None:
                voted = named.voted[judged]
                share, accuracy = voted.mean(), right[voted].mean()
                least = np.bincount(true[voted], minlength=len(run.classes))
                soft = scores.accuracy_at(curves[SOFT_VOTE], share)
                pairs.append(
                    {
                        "method": one.method,
                        "share voted": share,
                        "accuracy": accuracy,
                        "least class voted": (least / np.bincount(true)).min(),
                        "soft vote at that share": soft,
                        "gain": soft - accuracy,
                    }
                )
    groups = [
        pd.DataFrame(found).groupby("method", sort=False) for found in (rows, pairs)
    ]
    return tuple(table.median().reset_index() for table in groups)


def hold_back(run: Run) -> dict[str, float]:
    """Fit without a fifth of the galaxies, assign these, and compare with the full fit.

    Names are majorities of the truth among the fitted galaxies: what is compared is two
    namings and not a naming with the truth.
    """
    found = []
    for seed in run.seeds:
        held = np.zeros(len(run.points), dtype=bool)
        rng = np.random.default_rng(seed)
        held[rng.permutation(len(held))[: len(held) // HELD]] = True
        said = []
        for chosen in (~held, np.ones(len(held), dtype=bool)):
            settings = run.settings, seed
            labels = reference_of(run.points[chosen], *settings)
            voters, memberships = fit_voters(
                run.points[chosen], labels, run.settings["soft"], seed, WORKERS
            )
            truth = run.truth[np.isin(run.known, np.flatnonzero(chosen))]
            rows = np.isin(np.flatnonzero(chosen), run.known)
            names = scores.name_clusters(
                truth,
                winners(memberships)[rows],
                memberships.shape[1],
                len(run.classes),
            )
            asked = run.settings["min_agreement"], run.settings["least_share"]
            own = tally(memberships, [str(name) for name in names])
            least = least_agreements(own, *asked)
            counted = tally(voters.ask(run.points[held]), [str(name) for name in names])
            voted = is_voted(decide(counted, least, asked[0]))
            name = np.array([int(a) for a in counted.answers])[counted.answer]
            said.append((voted, name, counted.cluster))
        (voted, name, cluster), (voted_too, name_too, cluster_too) = said
        both = voted & voted_too
        pair = align(cluster_too, cluster)
        found.append(
            {
                "held back": int(held.sum()),
                "voted": voted.mean(),
                "same name": (name == name_too)[voted].mean(),
                "same name, voted by both": (name == name_too)[both].mean(),
                "same cluster, voted by both": (pair == cluster_too)[both].mean(),
            }
        )
    return pd.DataFrame(found).median().to_dict()


def reference_of(points: np.ndarray, settings: dict, seed: int) -> np.ndarray:
    """Cluster with the reference model."""
    name = settings["reference"]
    return cluster(
        name, points, settings["k"], seed, settings[name], settings["limits"]
    ).labels


def permute(run: Run) -> dict[str, float]:
    """Put the galaxies into another order, and compare what comes out."""
    rng = np.random.default_rng(0)
    found = []
    for seed in run.seeds:
        order = rng.permutation(len(run.points))
        both = []
        for chosen in (np.arange(len(order)), order):
            points = run.points[chosen]
            labels = reference_of(points, run.settings, seed)
            _, memberships = fit_voters(
                points, labels, run.settings["soft"], seed, WORKERS
            )
            asked = run.settings["min_agreement"], run.settings["least_share"]
            counted, reason = hold_vote(memberships, *asked)
            voted = is_voted(reason)
            back = np.argsort(chosen)
            both.append((labels[back], counted.cluster[back], voted[back]))
        (reference, cluster, voted), (reference_too, cluster_too, voted_too) = both
        kept = voted & voted_too
        voted = adjusted_rand_score(cluster[kept], cluster_too[kept])
        model = adjusted_rand_score(reference, reference_too)
        row = {run.settings["reference"]: model, "soft vote, voted by both": voted}
        found.append(row)
    return pd.DataFrame(found).median().to_dict()


def compare_ward(points: np.ndarray, k: int, total: int, coreset: int) -> dict:
    """Compare Ward on a coreset with exact Ward, and that with itself on bootstraps.

    Real codes are resampled with a little noise to `total` galaxies.
    """
    rng = np.random.default_rng(0)
    many = points[rng.integers(len(points), size=total)]
    many = many + rng.normal(0, 0.3 * points.std(axis=0), many.shape)

    def ward(given: np.ndarray, most: int) -> np.ndarray:
        limits = {"exact_limit": most}
        return cluster("ward", given, k, None, {}, limits).labels

    exact = ward(many, total)
    bag = many[rng.integers(total, size=total)]
    again = nearest_means(many, bag, ward(bag, total))
    own = nearest_means(many, many, exact)
    return {
        "galaxies": total,
        "coreset": coreset,
        "coreset, exact": adjusted_rand_score(ward(many, coreset), exact),
        "exact on a bootstrap, exact": adjusted_rand_score(again, exact),
        "nearest means of exact, exact": adjusted_rand_score(own, exact),
    }


def print_table(table: pd.DataFrame) -> None:
    """Print a Markdown table."""
    print(table.to_markdown(index=False, floatfmt=".3f") + "\n", flush=True)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--ward", type=int, default=20_000, help="galaxies; 0 for none")
    options = parser.parse_args()
    for folder in options.runs:
        run = Run(Path(folder))
        print(f"{folder}: {len(run.points)} galaxies, K = {run.settings['k']}\n")
        for table in compare(run):
            print_table(table)
        print_table(stability_table(run.points, run.settings, 0))
        print_table(pd.DataFrame([hold_back(run)]))
        print_table(pd.DataFrame([permute(run)]))
    if options.ward:
        found = [
            compare_ward(run.points, run.settings["k"], options.ward, options.ward // n)
            for n in (4, 2)
        ]
        print_table(pd.DataFrame(found))


if __name__ == "__main__":
    main()
