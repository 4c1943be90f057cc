"""Published figures: that the files say what they mean, which rows they stand beside, and what is told to differ."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from recorded_sweep import Sweep
from specs import ADAM, cifar10_spec

import ganlab.evaluation.images  # noqa: F401 (registers its evaluators)
from ganlab.cli import main
from ganlab.data import DATA
from ganlab.errors import InputError
from ganlab.evaluation import EVALUATORS
from ganlab.results.published import Published, published_figures, published_for
from ganlab.results.published.figures import read_report
from ganlab.results.rendering import render
from ganlab.variants import VARIANTS

REPORT = """
source: {authors: A, link: "arXiv:1"}
place: table 1
evidence: paper
setting: {labels: false}
results:
  - {method: M, variant: lsgan, data: ring, values: {w1: "0.5 ± 0.1"}}
"""


def test_every_figure_is_of_a_variant_a_data_set_and_a_metric_that_there_are() -> None:
    metrics = {metric.name for evaluator in EVALUATORS for metric in evaluator.metrics}
    for figure in published_figures():
        assert figure.result.variant in VARIANTS
        assert figure.result.data in DATA
        assert figure.metric in metrics
        assert figure.result.options == {} or DATA[figure.result.data].options(**figure.result.options)


def test_every_figure_has_the_penalties_of_its_variant() -> None:
    for figure in published_figures():
        assert set(figure.result.penalties) == set(VARIANTS[figure.result.variant].penalties), figure


def test_no_figure_stands_twice() -> None:
    keys = [
        (
            figure.report.source.link,
            figure.report.place,
            figure.result.method,
            figure.result.data,
            figure.metric,
            figure.setting.checkpoint,
        )
        for figure in published_figures()
    ]
    assert len(set(keys)) == len(keys)


def test_shares_are_not_percentages() -> None:
    assert all(figure.value <= 1 for figure in published_figures() if figure.metric == "high_quality")


def test_wgan_gp_on_cifar10_has_as_many_fids_as_papers_and_repositories() -> None:
    found = {
        figure.value
        for figure in published_figures()
        if (figure.result.variant, figure.result.data, figure.metric) == ("wgan-gp", "cifar10", "fid")
    }
    assert found >= {16.95, 19.83, 22.29, 26.08, 28.7963, 29.3, 36.84, 40.2, 53.98, 55.8}


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("place:", "remarks: none\nplace:", "unknown key 'remarks'; did you mean 'remark'"),
        ("place: table 1", "", "the key 'place' is missing"),
        ("labels: false", "labels: false, sample: 5", "unknown key 'sample'; did you mean 'samples'"),
        ("labels: false", "", "M: the key 'labels' is missing"),
        ("evidence: paper", "evidence: hearsay", "'evidence' is 'hearsay'"),
        ('"0.5 ± 0.1"', '"0.5 (0.1)"', "'results.0.values.w1' is '0.5 (0.1)'"),
        ('{w1: "0.5 ± 0.1"}', "{}", "'results.0.values' is {}"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, right: str, wrong: str, fault: str) -> None:
    path = tmp_path / "report.yaml"
    path.write_text(REPORT, encoding="utf-8")
    (figure,) = read_report(path)
    assert (figure.value, figure.spread) == (0.5, 0.1)
    path.write_text(REPORT.replace(right, wrong), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        list(read_report(path))
    assert str(caught.value).startswith("report.yaml: ")
    assert fault in str(caught.value)


def methods(published: list[Published]) -> set[tuple[str, str]]:
    return {(one.figure.result.method, one.figure.report.source.name) for one in published}


def beside(published: list[Published], method: str, source: str, metric: str = "fid") -> Published:
    (found,) = [
        one
        for one in published
        if (one.figure.result.method, one.figure.report.source.name, one.figure.metric) == (method, source, metric)
    ]
    return found


def test_a_row_has_the_figures_of_its_variant_on_its_data(cifar10) -> None:
    published = published_for(cifar10.table())
    assert ("WGAN-GP", "Miyato et al. 2018") in methods(published)
    assert {one.figure.result.data for one in published} == {"cifar10"}
    assert {one.row.spec.variant for one in published} == {"wgan-gp", "hinge", "vanilla"}
    assert all(one.figure.result.variant == one.row.spec.variant for one in published)


def test_spectral_normalisation_is_a_method_of_its_own(cifar10) -> None:
    for one in published_for(cifar10.table()):
        assert (one.row.label == "sngan") == (one.figure.setting.discriminator_norm == "spectral")


def test_the_same_data_set_with_other_options_is_other_data(sweep) -> None:
    for label, radius in (("same", 1.0), ("wider", 2.0)):
        data = {"name": "ring", "options": {"modes": 8, "radius": radius, "std": 0.01}}
        sweep.cell(label, [7.0, 8.0], metric="modes_any", **cifar10_spec("vanilla", data=data))
    assert {one.row.label for one in published_for(sweep.table())} == {"same"}


def test_the_best_of_a_run_stands_beside_the_best_of_ours_and_once(cifar10) -> None:
    published = published_for(cifar10.table(["fid", "best/fid"]))
    columns = {one.figure.setting.checkpoint: one.column.name for one in published}
    assert columns == {"best": "best/fid", "last": "fid", None: "fid"}
    assert len(published) == len(published_for(cifar10.table(["fid"])))


def test_what_differs_is_told_with_what_it_is_here(cifar10) -> None:
    one = beside(published_for(cifar10.table()), "WGAN-GP", "Miyato et al. 2018")
    assert "network: SNGAN's CNN (here resnet)" in one.differences
    assert "samples: 5,000 (here 10,000)" in one.differences
    assert one.differences[-1] == (
        "not known: iterations, averaging of the generator's weights, reference split, checkpoint, seeds"
    )


def test_what_is_the_same_is_not_told(cifar10) -> None:
    one = beside(published_for(cifar10.table()), "WGAN-GP", "Lee and Town 2020", "inception_score")
    assert one.differences == (
        "network: SNGAN's ResNet, but upsampling bilinearly, and with ReLU before the discriminator's shortcuts "
        "(here resnet)",
        "samples: 50,000 (here 10,000)",
        "seeds: 1 (here 3)",
    )


PACGAN_ADAM = ADAM | {"lr": 1e-4, "betas": [0.8, 0.999]}
PACGAN_RING = {
    "data": {"name": "ring", "options": {"modes": 8, "radius": 1.0, "std": 0.01, "training_samples": 100_000}},
    "builder": {
        "name": "mlp",
        "options": {
            "widths": [400, 400, 400, 400],
            "discriminator_widths": [200, 200, 200],
            "activation": "relu",
            "discriminator_activation": "maxout",
            "generator_norm": "batch",
            "discriminator_norm": "none",
            "initial_std": 0.02,
        },
    },
    "steps": 400_000,
    "batch_size": 100,
    "latent_dim": 2,
    "discriminator_optimizer": PACGAN_ADAM,
    "generator_optimizer": PACGAN_ADAM,
    "critic_steps": 1,
    "updates": "simultaneous",
    "schedules": {},
}
"""The settings of PacGAN's ring in the keys of a run's spec."""


def beside_pacgans_ring(sweep: Sweep, settings: dict[str, Any]) -> tuple[str, ...]:
    """What differs of a run with these settings."""
    spec = cifar10_spec("vanilla", **settings)
    sweep.cell("vanilla", [0.1] * 10, metric="mode_kl_near", protocol={"samples": 2500}, **spec)
    return beside(published_for(sweep.table()), "GAN", "Lin et al. 2018", "mode_kl_near").differences


def test_a_run_with_the_settings_of_a_published_one_differs_in_nothing_that_is_known(sweep) -> None:
    assert beside_pacgans_ring(sweep, PACGAN_RING) == ("not known: checkpoint",)


def test_everything_that_moved_the_published_toy_results_is_told(sweep) -> None:
    ordinary = {
        "data": {"name": "ring", "options": {"modes": 8, "radius": 1.0, "std": 0.01, "training_samples": None}},
        "builder": {
            "name": "mlp",
            "options": {
                "widths": [32],
                "discriminator_widths": None,
                "activation": "leaky_relu",
                "discriminator_activation": None,
                "generator_norm": "none",
                "discriminator_norm": "none",
                "initial_std": None,
            },
        },
        "steps": 5000,
        "latent_dim": 8,
        "updates": "alternating",
        "batch_size": 64,
        "generator_batch_size": 128,
        "schedules": {"lr": {"to": 0.0, "shape": "cosine", "over": 0.5}},
        "discriminator_optimizer": ADAM,
        "ema": 0.999,
    }
    assert beside_pacgans_ring(sweep, PACGAN_RING | ordinary)[:-1] == (
        "generator's hidden layers: 4 x 400 (here 1 x 32)",
        "discriminator's hidden layers: 3 x 200 (here 1 x 32)",
        "generator's activation: relu (here leaky_relu)",
        "discriminator's activation: maxout (here leaky_relu)",
        "generator's norm: batch (here none)",
        "initial weights: N(0, 0.02^2) (here the builder's own)",
        "latent dimensions: 2 (here 8)",
        "iterations: 400,000 (here 5,000)",
        "updates of the two networks: simultaneous (here alternating)",
        "batch: 100 (here 64, of the generator 128)",
        "optimiser: adam 0.0001, betas 0.8, 0.999 (here adam 0.0002, betas 0, 0.9, of the generator "
        "adam 0.0001, betas 0.8, 0.999)",
        "schedules: none (here lr cosine to 0 over 50% of the iterations)",
        "averaging of the generator's weights: none (here decay 0.999)",
        "training samples: 100,000 (here new ones in each batch)",
    )


def test_a_record_that_lacks_a_key_had_what_there_was_before_the_key(sweep) -> None:
    ring = {"name": "ring", "options": {"modes": 8, "radius": 1.0, "std": 0.01}}
    options = {"widths": [400] * 4, "activation": "relu", "generator_norm": "none", "discriminator_norm": "none"}
    builder = {"name": "mlp", "options": options}
    lacking = {key: value for key, value in PACGAN_RING.items() if key != "updates"}
    told = beside_pacgans_ring(sweep, lacking | {"data": ring, "builder": builder})
    assert "updates of the two networks: simultaneous (here alternating)" in told
    assert "discriminator's hidden layers: 3 x 200 (here 4 x 400)" in told
    assert "discriminator's activation: maxout (here relu)" in told
    assert "initial weights: N(0, 0.02^2) (here the builder's own)" in told
    assert "training samples: 100,000 (here new ones in each batch)" in told


def test_the_batch_norm_in_the_discriminator_of_studiogans_resnet_is_told(cifar10) -> None:
    (one,) = [one for one in published_for(cifar10.table()) if one.figure.text == "53.98"]
    assert "discriminator's norm: batch (here none)" in one.differences
    assert (
        "network: SNGAN's ResNet, but with batch norm in all blocks and shortcuts of the discriminator (here resnet)"
        in one.differences
    )


def test_the_larger_batch_of_sngans_generator_is_told(cifar10) -> None:
    one = beside(published_for(cifar10.table()), "SN-GAN ResNet, hinge", "Miyato et al. 2018")
    assert "batch: 64, of the generator 128 (here 64)" in one.differences


def test_a_penalty_that_a_method_does_not_have_is_told(sweep) -> None:
    sweep.cell(
        "mine", [20.0, 21.0], metric="fid", **cifar10_spec("wgan-gp", penalties={"gradient_penalty": 10.0, "r1": 0.1})
    )
    published = published_for(sweep.table())
    assert published
    assert all("penalties: gradient_penalty (here gradient_penalty, r1)" in one.differences for one in published)


def test_words_of_the_source_are_told(cifar10) -> None:
    one = beside(published_for(cifar10.table()), "SNGAN", "StudioGAN", "inception_score")
    assert "class labels: yes (here no)" in one.differences
    assert "conditional batch normalisation and projection" in one.differences
    assert "one split (here the mean over ten)" in one.differences


def test_markdown_has_a_second_table_with_numbered_sources(cifar10) -> None:
    table = cifar10.table(["fid"])
    text = render(table, "md", published_for(table))
    first, second = text.split("\n\nPublished for the same variants")
    assert first == render(table, "md")
    line = next(line for line in second.splitlines() if "InfoGAN" in line and "55.8" in line)
    entries = [entry.strip() for entry in line.split("|")[1:-1]]
    assert entries[:4] == ["wgan-gp", "fid", "21.0 ± 2.5, n = 3", "55.8 ± 0.9"]
    number = entries[4].removeprefix("WGAN-GP, Lucic et al. 2018 ")
    assert f"- {number} Lucic et al. 2018, NeurIPS, arXiv:1711.10337, best FID of each method" in second
    assert {line.count("|") for line in second.splitlines() if line.startswith("|")} == {7}


def test_rows_of_several_data_sets_are_told_apart(sweep) -> None:
    for name, options in (("ring", {"modes": 8, "radius": 1.0}), ("grid", {"side": 5, "spacing": 2.0})):
        data = {"name": name, "options": options | {"std": 0.01 if name == "ring" else 0.05}}
        spec = cifar10_spec("vanilla", dataset=name, data=data)
        sweep.cell("vanilla", [7.0, 8.0], metric="modes_any", protocol={"reference": name}, **spec)
    table = sweep.table()
    text = render(table, "md", published_for(table)).split("Published for")[1]
    lines = [[entry.strip() for entry in line.split("|")[1:6]] for line in text.splitlines() if line.startswith("|")]
    assert lines[0] == ["data", "variant", "metric", "ours", "published"]
    assert [(line[0], line[4]) for line in lines[2:]] == [
        ("grid", "17.3 ± 0.8"),
        ("grid", "3.3"),
        ("ring", "6.3 ± 0.5"),
        ("ring", "1"),
    ]


def test_csv_has_a_column_of_published_numbers(cifar10) -> None:
    table = cifar10.table(["fid"])
    lines = list(csv.DictReader(io.StringIO(render(table, "csv", published_for(table)))))
    fields = {line["variant"]: line["fid_published"] for line in lines}
    assert "55.8 ± 0.9 (WGAN-GP, Lucic et al. 2018, arXiv:1711.10337); " in fields["wgan-gp"]
    assert "fid_published" not in render(table, "csv")


def test_json_has_published_numbers_at_each_cell(cifar10) -> None:
    table = cifar10.table(["fid"])
    cells = {cell["variant"]: cell for cell in json.loads(render(table, "json", published_for(table)))}
    (lucic,) = [one for one in cells["wgan-gp"]["published"] if one["source"]["authors"] == "Lucic et al."]
    assert (lucic["value"], lucic["spread"], lucic["evidence"]) == (55.8, 0.9, "quoted")
    assert lucic["setting"]["network"] == "InfoGAN's"
    assert "best of a search over hyper-parameters" in lucic["differences"]
    assert all("published" not in cell for cell in json.loads(render(table, "json")))


@pytest.mark.parametrize("format", ["md", "latex"])
def test_one_line_says_that_nothing_is_published(sweep, format: str) -> None:
    sweep.cell("lsgan", [0.1, 0.2], **cifar10_spec("lsgan", data={"name": "gaussian", "options": {}}))
    table = sweep.table()
    assert published_for(table) == []
    text = render(table, format, published_for(table))
    assert text.count("No published figure is known here") == 1
    assert "what differs" not in text


def test_runs_of_a_real_sweep_on_the_ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    experiment = tmp_path / "ring.yaml"
    experiment.write_text(
        "{name: ring, data: ring, variants: [vanilla, hinge], seeds: 0..1, steps: 4, "
        "evaluation: {every: 4, samples: 500}}"
    )
    assert main(["sweep", str(experiment), "--no-compile", "--runs", str(tmp_path)]) == 0
    capsys.readouterr()
    assert main(["table", str(tmp_path / "ring"), "--against", "paper", "--format", "json"]) == 0
    cells = {(cell["variant"], cell["metric"]): cell["published"] for cell in json.loads(capsys.readouterr().out)}
    assert [one["value"] for one in cells["vanilla", "modes_any"]] == [6.3, 1.0]
    assert [one["source"]["link"] for one in cells["vanilla", "mode_kl_near"]] == ["arXiv:1712.04086"]
    assert "samples: 2,500 (here 500)" in cells["vanilla", "mode_kl_near"][0]["differences"]
    assert cells["hinge", "modes_any"] == []
    assert cells["vanilla", "modes_covered"] == cells["vanilla", "mode_kl"] == []  # of another rule than published


def test_there_is_nothing_else_to_set_a_table_against(capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["table", "runs/ring", "--against", "papers"])
    assert caught.value.code == 2
    assert "invalid choice: 'papers' (choose from" in capsys.readouterr().err
