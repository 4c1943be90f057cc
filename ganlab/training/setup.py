"""From specs to a population: networks, initial states, and the numbers in which members differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from ganlab import data as data_room
from ganlab.data import Data, SampleForm
from ganlab.errors import InputError
from ganlab.networks import BUILDERS, uses_batch_statistics
from ganlab.options import parse
from ganlab.training.batches import Batches
from ganlab.training.devices import has_room
from ganlab.training.member import Member, Numbers, State
from ganlab.training.optimizers import Moments, Rates
from ganlab.training.population import Population, stack
from ganlab.training.spec import RunSpec
from ganlab.training.streams import derive
from ganlab.variants import (
    CONSTRAINTS,
    PENALTIES,
    VARIANTS,
    Adam,
    CriticWarmup,
    OptimizerSettings,
    Penalty,
    load_source,
)


def load_data(spec: RunSpec) -> Data:
    """The data that `spec` names.

    Raises:
        InputError: it cannot be read, or is no longer what it was when the spec was made.
    """
    data = data_room.load(spec.data.name, spec.data.options_for(spec.seed), f"data '{spec.data.name}'")
    if data.fingerprint != spec.data_fingerprint:
        raise InputError(
            f"the data '{spec.dataset}' has changed since {spec.id} was planned; restore it, or run the sweep anew"
        )
    return data.labelled() if spec.conditional else data


def build_networks(spec: RunSpec, form: SampleForm) -> tuple[nn.Module, nn.Module]:
    """The generator and the discriminator of `spec` for samples of `form`, with the initial parameters of its seed.

    Raises:
        InputError: they do not fit such samples.
    """
    if spec.variant_source is not None:
        load_source(spec.variant_source)
    builder = BUILDERS[spec.builder.name]
    options = parse(builder.options, spec.builder.options, f"builder '{builder.name}'")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(spec.seed, "parameters"))
        width = form.condition_width if spec.conditional else 0
        generator, discriminator = builder.build(form.shape, spec.latent_dim, width, options)
    return (Activated(generator, form) if form.blocks else generator), discriminator


class Activated(nn.Module):
    """A generator whose blocks of categories go through a softmax each."""

    def __init__(self, network: nn.Module, form: SampleForm) -> None:
        super().__init__()
        self.network = network
        self.form = form

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.form.activate(self.network(*inputs))


def build_member(spec: RunSpec, data: Data) -> Member:
    """The member of `spec`; its modules hold the initial parameters of the spec's seed.

    Raises:
        InputError: its networks do not fit the data or the variant.
    """
    generator, discriminator = build_networks(spec, data.form)
    if spec.penalties and uses_batch_statistics(discriminator):
        raise InputError(
            f"'{spec.label}' has a penalty on each sample's slope ({', '.join(spec.penalties)}), which batch "
            "normalisation in the discriminator mixes over the batch; set its norm to layer, group, spectral or none"
        )
    return Member(
        variant=VARIANTS[spec.variant],
        penalties=tuple(PENALTIES[name] for name in spec.penalties),
        constraints=tuple(CONSTRAINTS[name] for name in spec.constraints),
        generator=generator,
        discriminator=discriminator,
        critic_optimizer=spec.discriminator_optimizer,
        generator_optimizer=spec.generator_optimizer,
        decode=data.decode,
        conditional=spec.conditional,
        precision=spec.precision,
        generator_sees_real=VARIANTS[spec.variant].generator_sees_real,
        extragradient=spec.updates == "extragradient",
    )


def initial_state(specs: Sequence[RunSpec], data: Data) -> State:
    """The stacked state of `specs` before the first update."""
    state: State = stack([build_member(spec, data).initial_state() for spec in specs])
    return state


def numbers_of(specs: Sequence[RunSpec], iteration: int = 0, updates: tuple[int, int] = (0, 0)) -> Numbers:
    """The numbers in which the members may differ, or which change over a run, in an iteration, stacked [S].

    They are computed here and not in the updates, where a cosine or a power may round differently in a population of
    another size.

    Args:
        updates: how many critic and generator have made.
    """

    def now(name: str, starts: Sequence[float]) -> Tensor:
        pairs = zip(specs, starts, strict=True)
        return torch.tensor([float(spec.at(name, start, iteration)) for spec, start in pairs])

    def rates(optimizers: Sequence[OptimizerSettings], made: int) -> Rates:
        moments = [_moments(spec, one, iteration, made) for spec, one in zip(specs, optimizers, strict=True)]
        return Rates(now("lr", [one.lr for one in optimizers]), stack(moments))

    return Numbers(
        rates([spec.discriminator_optimizer for spec in specs], updates[0]),
        rates([spec.generator_optimizer for spec in specs], updates[1]),
        {name: now(name, [spec.penalties[name] for spec in specs]) for name in specs[0].penalties},
        {name: now(name, [spec.constraints[name] for spec in specs]) for name in specs[0].constraints},
        now("ema", [spec.ema for spec in specs]),
    )


def _moments(spec: RunSpec, settings: OptimizerSettings, iteration: int, made: int) -> Moments | tuple[()]:
    """What an update of Adam takes after those that are `made`, if its betas change over the run."""
    if not isinstance(settings, Adam) or not spec.schedules.keys() & {"beta1", "beta2"}:
        return ()
    betas = [spec.at(f"beta{number}", beta, iteration) for number, beta in enumerate(settings.betas, start=1)]
    return Moments(
        torch.tensor(betas),
        torch.tensor([1 - beta for beta in betas]),
        torch.tensor([1 - beta ** (made + 1) for beta in betas]),
    )


def build_population(
    specs: Sequence[RunSpec], member: Member, state: State, batches: tuple[Batches, Batches], device: torch.device
) -> Population:
    """The population of `specs` on its device, from the stacked `state` on.

    A lone member with convolutions is not lifted, and has its channels last.

    Args:
        batches: those of the critic and of the generator, in whose tables samples are looked up.
    """
    alone = BUILDERS[specs[0].builder.name].convolutional and len(specs) == 1
    state, numbers = tree_map(lambda leaf: leaf.to(device), (state, numbers_of(specs)))
    if alone:
        state = tree_map(_channels_last, state)
    critic, generator = batches
    return Population(member, state, numbers, (critic.tables, generator.tables), batched=not alone)


def build_batches(
    specs: Sequence[RunSpec], member: Member, data: Data, device: torch.device
) -> tuple[Batches, Batches]:
    """The batches of the critic and of the generator, which share the data's tables if these fit on the device."""
    spec, seeds = specs[0], [one.seed for one in specs]
    tables = tuple(table.to(device) for table in data.tables) if has_room(device, data.tables) else None

    def batches(player: str, size: int, penalties: Sequence[Penalty]) -> Batches:
        return Batches(player, seeds, data, size, spec.latent_dim, penalties, device, tables)

    return batches("critic", spec.batch_size, member.penalties), batches("generator", spec.generator_batch_size, ())


def _channels_last(leaf: Tensor) -> Tensor:
    """A leaf of one member [1, ...] with its channels last, if it is a kernel [1, O, I, H, W]."""
    return leaf[0].contiguous(memory_format=torch.channels_last)[None] if leaf.dim() == 5 else leaf


def critic_schedule(steps: int, critic_steps: int, warmup: CriticWarmup | None) -> list[int]:
    """How many critic updates come before each iteration, and in all [steps + 1]."""
    counts = np.full(steps, critic_steps)
    if warmup is not None:
        counts[: warmup.first] = warmup.steps
        counts[:: warmup.every] = warmup.steps
    return [0, *np.cumsum(counts).tolist()]
