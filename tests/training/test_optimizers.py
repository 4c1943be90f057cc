"""The pure optimisers against torch's own."""

from __future__ import annotations

import pytest
import torch

from ganlab.record.optimizers import SGD, Adam, RMSProp
from ganlab.training.optimizers import Moments, Rates, initial_optimizer_state, optimize


@pytest.mark.parametrize(
    ("settings", "reference"),
    [
        (Adam(lr=1e-2, betas=(0.5, 0.999)), lambda p: torch.optim.Adam(p, 1e-2, (0.5, 0.999))),
        (Adam(lr=1e-3, betas=(0.0, 0.9)), lambda p: torch.optim.Adam(p, 1e-3, (0.0, 0.9))),
        (RMSProp(lr=1e-3), lambda p: torch.optim.RMSprop(p, 1e-3)),
        (SGD(lr=1e-2), lambda p: torch.optim.SGD(p, 1e-2)),
        (SGD(lr=1e-2, momentum=0.9), lambda p: torch.optim.SGD(p, 1e-2, momentum=0.9)),
    ],
)
def test_a_hundred_updates_are_those_of_torch(settings, reference):
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(4, 3, generator=generator, dtype=torch.float64)
    theirs = torch.nn.Parameter(start.clone())
    optimizer = reference([theirs])
    ours, state = {"w": start.clone()}, initial_optimizer_state(settings, {"w": start})
    for _ in range(100):
        gradient = torch.randn(4, 3, generator=generator, dtype=torch.float64)
        theirs.grad = gradient.clone()
        optimizer.step()
        ours, state = optimize(settings, Rates(torch.tensor(settings.lr)), ours, {"w": gradient}, state)
    torch.testing.assert_close(ours["w"], theirs.detach(), rtol=1e-5, atol=1e-6)
    assert state.step.item() == 100


def test_adam_with_betas_and_rates_that_change_is_that_of_torch():
    """Whose groups are given other numbers before each update, as the code of R3GAN does."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(4, 3, generator=generator, dtype=torch.float64)
    settings = Adam(lr=1e-2, betas=(0.5, 0.9))
    theirs = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.Adam([theirs], settings.lr, settings.betas)
    ours, state = {"w": start.clone()}, initial_optimizer_state(settings, {"w": start})
    for update in range(100):
        lr, betas = 1e-2 * (1 - update / 200), (0.5 - update / 250, 0.9 + update / 1100)
        gradient = torch.randn(4, 3, generator=generator, dtype=torch.float64)
        theirs.grad = gradient.clone()
        optimizer.param_groups[0].update(lr=lr, betas=betas)
        optimizer.step()
        quantities = (betas, [1 - beta for beta in betas], [1 - beta ** (update + 1) for beta in betas])
        rates = Rates(torch.tensor(lr), Moments(*map(torch.tensor, quantities)))
        ours, state = optimize(settings, rates, ours, {"w": gradient}, state)
        torch.testing.assert_close(ours["w"], theirs.detach(), rtol=1e-5, atol=1e-6)


def test_whole_number_betas_are_numbers_too():
    assert Adam(betas=(0, 0.9)).betas == (0.0, 0.9)
