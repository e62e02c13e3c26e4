"""What a run was made with and from."""

from galvote.run import provenance
from galvote.run.page import page_of
from processes import run

HEAD = "s\th:m:s\tmax_rss\n"


def test_the_revision_is_that_of_the_folder_where_git_keeps_it(tmp_path):
    assert provenance.revision(tmp_path) is None
    git = ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.org"]
    run([*git, "init", "--quiet"], check=True)
    assert provenance.revision(tmp_path) is None
    (tmp_path / "Snakefile").write_text("a")
    run([*git, "add", "."], check=True)
    run([*git, "commit", "--quiet", "--message", "a"], check=True)
    found = provenance.revision(tmp_path)
    assert len(found["commit"]) == 40
    assert found["modified"] is False
    (tmp_path / "Snakefile").write_text("b")
    assert provenance.revision(tmp_path)["modified"] is True
    (tmp_path / "vendored").mkdir()
    assert provenance.revision(tmp_path / "vendored") is None


def test_times_are_summed_up_by_rule_without_those_of_other_shards(tmp_path):
    (tmp_path / "vote.tsv").write_text(f"{HEAD}1.5\t0:00:01\t-\n")
    (tmp_path / "encode").mkdir()
    for name in ("1-of-2", "2-of-2", "1-of-3"):
        (tmp_path / f"encode/{name}.tsv").write_text(f"{HEAD}2.0\t0:00:02\t300.4\n")
    times = provenance.job_times(tmp_path, ["1-of-2", "2-of-2"])
    assert (times["vote"]["jobs"], times["vote"]["max_rss_mb"]) == (1, 0)
    assert times["encode"]["jobs"] == 2
    assert times["encode"]["seconds"] == 4.0
    assert times["encode"]["max_rss_mb"] == 300


def test_the_page_shows_text_as_text():
    record = {
        "run": "a<b",
        "seed": 1,
        "finished": "now",
        "workflow": None,
        "inputs": {"s": {"path": "<script>", "files": 2}},
        "config": {},
    }
    page = page_of(record, "path: <script>\n")
    assert "<script>" not in page
    assert "a&lt;b" in page
    assert "<td>&lt;script&gt;</td><td>2</td>" in page
    assert "not kept in git" in page
