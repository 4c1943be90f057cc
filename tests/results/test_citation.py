"""What is to be cited: entries that BibTeX's own grammar takes, of what the runs record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bibtexparser
import pytest
import yaml

import ganlab
from ganlab.data import DATA
from ganlab.evaluation import EVALUATORS
from ganlab.networks import BUILDERS
from ganlab.record.optimizers import OPTIMIZERS
from ganlab.results import read_runs
from ganlab.results.citation import bibtex
from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def runs(trained_sweep):
    return read_runs([str(trained_sweep)])


def entries_of(text: str):
    library = bibtexparser.parse_string(text)
    assert library.failed_blocks == []
    assert len(library.entries) == len(library.entries_dict)
    return library.entries_dict


def with_summary(run, **changes):
    return replace(run, summary={**run.result, **changes})


def with_environment(run, **changes):
    return with_summary(run, environments=[{**run.result["environment"], **changes}])


def test_every_entry_is_whole(runs):
    for key, entry in entries_of(bibtex(runs)).items():
        fields = {field.key for field in entry.fields}
        assert {"author", "title", "year", "note"} <= fields, key
        assert key == "ganlab" or fields & {"eprint", "doi"}


def test_the_papers_are_those_that_the_runs_record(runs):
    eprints = {entry.get("eprint").value for entry in entries_of(bibtex(runs)).values() if entry.get("eprint")}
    recorded = {part["paper"] for run in runs if run.done for part in run.result["papers"]}
    assert {"1611.04076", "1704.00028"} <= eprints
    assert eprints == {paper.removeprefix("arXiv:") for paper in recorded if paper.startswith("arXiv:")}


def test_a_paper_says_for_what_it_is_cited(runs):
    entry = entries_of(bibtex(runs))["gulrajani-1704.00028"]
    assert entry["title"] == "{Improved Training of Wasserstein GANs}"
    assert entry["note"] == r"For wgan-gp, gradient\_penalty"


def test_ganlab_is_cited_as_the_runs_were_made_with_it(runs):
    made = with_environment(runs[0], git_commit=COMMIT, git_dirty=False)
    entry = entries_of(bibtex([made]))["ganlab"]
    assert entry["note"] == f"Version {ganlab.__version__}, git commit 0123456789ab"
    changed = with_environment(runs[0], git_commit=COMMIT, git_dirty=True)
    assert entries_of(bibtex([changed]))["ganlab"]["note"].endswith("0123456789ab with uncommitted changes")
    both = entries_of(bibtex([made, with_environment(runs[1], git_commit=None)]))["ganlab"]["note"]
    assert both == f"Version {ganlab.__version__}, git commit 0123456789ab; version {ganlab.__version__}"


def test_the_year_is_that_of_the_version_that_made_the_runs_or_is_left_out(runs):
    facts = yaml.safe_load((Path(ganlab.__file__).parents[1] / "CITATION.cff").read_text())
    assert facts["version"] == ganlab.__version__
    made = with_environment(runs[0], git_commit=None)
    assert entries_of(bibtex([made]))["ganlab"]["year"] == str(facts["date-released"].year)
    older = with_environment(runs[0], ganlab="0.0.1", git_commit=None)
    assert entries_of(bibtex([older]))["ganlab"].get("year") is None


def test_every_paper_that_a_part_of_ganlab_names_is_known_by_author_and_title(runs):
    registries = (VARIANTS, PENALTIES, CONSTRAINTS, OPTIMIZERS, BUILDERS, DATA, EVALUATORS)
    named = {entry.paper for registry in registries for entry in registry if entry.paper}
    parts = [{"kind": "variant", "name": "all", "paper": paper} for paper in sorted(named)]
    entries = entries_of(bibtex([with_summary(runs[0], papers=parts)]))
    assert len(entries) == len(named) + 1
    assert [key for key, entry in entries.items() if entry.get("author") is None] == []


def test_the_paper_of_a_variant_of_ones_own_has_its_id_alone(runs):
    parts = [
        {"kind": "variant", "name": "my_gan", "paper": "arXiv:2401.00001"},
        {"kind": "penalty", "name": "odd", "paper": "A {book}, 50% of it"},
    ]
    entries = entries_of(bibtex([with_summary(runs[0], papers=parts)]))
    own = entries["2401.00001"]
    assert (own["eprint"], own["note"]) == ("2401.00001", r"For my\_gan")
    book = next(entry for entry in entries.values() if entry.get("howpublished"))
    assert book["howpublished"] == r"A (book), 50\% of it"


def test_runs_that_name_no_paper_cite_ganlab_alone(runs):
    assert list(entries_of(bibtex([with_summary(runs[0], papers=[])]))) == ["ganlab"]
