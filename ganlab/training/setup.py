"""From specs to a population: the game, its networks, initial states, and the numbers in which members differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from ganlab import data as data_sets
from ganlab.data import Data, SampleForm
from ganlab.errors import InputError
from ganlab.games import Axes, Game, PenalisedGame, Task, make_augmentation, make_game, make_prior
from ganlab.networks import BUILDERS, Build, Classes, Condition, Vector, uses_batch_statistics
from ganlab.options import parse
from ganlab.plugins import use_plugins
from ganlab.record.optimizers import BETAS_MAY_CHANGE, OptimizerSettings
from ganlab.record.spec import RunSpec
from ganlab.training.batches import Batches
from ganlab.training.devices import has_room
from ganlab.training.member import Member
from ganlab.training.optimizers import Moments, Rates
from ganlab.training.population import Population, stack, take
from ganlab.training.ranks import ALONE, Ranks
from ganlab.training.state import Hyperparameters, State
from ganlab.training.streams import derive
from ganlab.training.trial import try_objectives

TRIAL_SIZE = 16
"""Samples on which a game's objectives are tried before training."""


def load_data(spec: RunSpec) -> Data:
    """The data that `spec` names.

    Raises:
        InputError: it cannot be read, or is no longer what it was when the spec was made.
    """
    use_plugins(spec.plugins)
    data = data_sets.load(spec.data.name, spec.data.options_for(spec.seed), f"data '{spec.data.name}'")
    if data.fingerprint != spec.data_fingerprint:
        raise InputError(
            f"the data '{spec.dataset}' has changed since {spec.id} was planned; restore it, or run the sweep anew"
        )
    return data.labelled() if spec.conditional else data


def condition_of(form: SampleForm) -> Condition:
    """What conditional networks are told of samples of `form`."""
    if form.condition is not None:
        return Vector(form.condition.width)
    return Classes(form.classes) if form.classes else None


def build_game(spec: RunSpec, form: SampleForm) -> Game:
    """The game of `spec` on samples of `form`.

    Raises:
        InputError: it is none for such samples.
    """
    use_plugins(spec.plugins)
    prior = make_prior(spec.prior.name, spec.prior.options, spec.latent_dim)
    task = Task(sample_shape=form.shape, condition=condition_of(form) if spec.conditional else None, prior=prior)
    chosen = spec.augment
    axes = Axes(
        packing=spec.packing,
        augment=make_augmentation(chosen.name, chosen.options, form.shape) if chosen else None,
        lecam=spec.lecam > 0,
        label_smoothing=spec.label_smoothing > 0,
    )
    return make_game(spec.variant, spec.game, spec.penalties, spec.constraints, task, axes)


def build_networks(spec: RunSpec, game: Game, form: SampleForm) -> dict[str, nn.Module]:
    """The networks of the players of `game` for samples of `form`, with the initial parameters of the spec's seed.

    Raises:
        InputError: they do not fit the samples, or are not those of the players.
    """
    builder = BUILDERS[spec.builder.name]
    options = parse(builder.options, spec.builder.options, f"builder '{builder.name}'")
    build = Build(
        builder,
        options,
        form.shape,
        game.prior.dim,
        game.task.condition,
        activate=form.activate if form.blocks else None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(spec.seed, "parameters"))
        networks = game.networks(build)
        build.initialize(networks)
    if networks.keys() != set(game.players):
        raise InputError(
            f"'{spec.label}' has the players {', '.join(game.players)}, but networks of {', '.join(networks)}; "
            "each player needs one of its name"
        )
    _require_own_parameters(spec, networks)
    if "generator" not in game.averaged or not networks.keys() >= set(game.averaged):
        raise InputError(
            f"'{spec.label}' has the players {', '.join(game.players)}, and averages of {', '.join(game.averaged)}; "
            "a game needs the player 'generator', which is evaluated, among both, and averages players alone"
        )
    return networks


def _require_own_parameters(spec: RunSpec, networks: Mapping[str, nn.Module]) -> None:
    """Check that each player has parameters, that no other has, all of which are to be trained.

    Raises:
        InputError: a player has none, one is frozen, or one is in the networks of two, which would each train a copy.
    """
    owners: dict[int, str] = {}
    for player, network in networks.items():
        if next(network.parameters(), None) is None:
            raise InputError(
                f"'{spec.label}': the network of '{player}' has no parameters, so there is nothing to train; let a "
                "game without this player call the network"
            )
        for name, value in network.named_parameters():
            if not value.requires_grad:
                raise InputError(
                    f"'{spec.label}': '{name}' in the network of '{player}' is a parameter that requires no gradient, "
                    "but all parameters are trained; make what is to stay fixed a buffer, with register_buffer"
                )
            owner = owners.setdefault(id(value), player)
            if owner != player:
                raise InputError(
                    f"'{spec.label}': '{name}' of '{player}' is a parameter of '{owner}' too, and each player would "
                    "train a copy of its own; let one network give the outputs of both"
                )


def build_member(spec: RunSpec, data: Data, ranks: Ranks = ALONE) -> Member:
    """The member of `spec`; its modules hold the initial parameters of the spec's seed.

    Its gradients are averaged over the `ranks`.

    Raises:
        InputError: its networks do not fit the data or the game.
    """
    game = build_game(spec, data.form)
    networks = build_networks(spec, game, data.form)
    _require_equal_constants(spec, game, data.form, networks)
    if spec.penalties and isinstance(game, PenalisedGame) and uses_batch_statistics(networks["discriminator"]):
        raise InputError(
            f"'{spec.label}' has a penalty on each sample's slope ({', '.join(spec.penalties)}), which batch "
            "normalisation in the discriminator mixes over the batch; set its norm to layer, group, spectral or none"
        )
    return Member(
        game=game,
        networks=networks,
        optimizers={player: spec.optimizer_of(player) for player in game.players},
        transform=data.transform,
        conditional=spec.conditional,
        precision=spec.precision,
        extragradient=spec.updates == "extragradient",
        clip_grad_norm=spec.clip_grad_norm,
        looks_ahead=spec.lookahead is not None,
        reduce=ranks.mean,
    )


def _require_equal_constants(spec: RunSpec, game: Game, form: SampleForm, networks: Mapping[str, nn.Module]) -> None:
    """Check that tensors of networks that are no parameters do not depend on the seed.

    All members of a population have those of the first.

    Raises:
        InputError: one does.
    """
    constants = {player: _constants(network) for player, network in networks.items()}
    if not any(constants.values()):
        return
    others = build_networks(spec.model_copy(update={"seed": spec.seed + 1}), game, form)
    for player, own in constants.items():
        other = _constants(others[player])
        for name, value in own.items():
            if name not in other or not torch.equal(value, other[name]):
                raise InputError(
                    f"'{spec.label}': '{name}' in the network of '{player}' is no parameter and depends on the seed, "
                    "but the members of a population share it; draw it with a torch.Generator of a fixed seed"
                )


def _constants(network: nn.Module) -> dict[str, Tensor]:
    """The tensors of `network` that are no parameters: buffers and attributes, by name."""
    attributes = {
        f"{place}.{name}".lstrip("."): value
        for place, module in network.named_modules()
        for name, value in vars(module).items()
        if isinstance(value, Tensor)
    }
    return {**dict(network.named_buffers()), **attributes}


def initial_state(specs: Sequence[RunSpec], data: Data) -> State:
    """The stacked state of `specs` before the first update.

    Raises:
        InputError: an objective of the game is none that a population can be trained on.
    """
    members = [build_member(spec, data) for spec in specs]
    readings = readings_of(members[0], data, specs[0])
    state: State = stack([member.initial_state(readings) for member in members])
    return state


def readings_of(member: Member, data: Data, spec: RunSpec) -> dict[str, tuple[str, ...]]:
    """The names of what each player's objective reads; all are tried on a few samples.

    Raises:
        InputError: an objective of the game is none that a population can be trained on.
    """
    size = min(spec.batch_size, spec.generator_batch_size, TRIAL_SIZE * member.game.pack)
    batches = {}
    for player in member.game.players:
        few = Batches(player, member.game, [spec.seed], data, size, storage=data.storage)
        batches[player] = member.prepare(tree_map(lambda leaf: leaf[0], few.at(0)), few.storage)
    numbers = take(numbers_of([spec], member.game.players), 0)
    return try_objectives(spec.variant, member.game, member.networks, batches, numbers.weights)


def numbers_of(
    specs: Sequence[RunSpec], players: Sequence[str], iteration: int = 0, updates: Mapping[str, int] | None = None
) -> Hyperparameters:
    """The numbers in which the members may differ, or which change over a run, in an iteration, stacked [S].

    They are computed here and not in the updates, where a cosine or a power may round differently in a population of
    another size.

    Args:
        players: of the game.
        updates: how many each player has made; none at first.
    """
    made = updates or {}

    def now(name: str, starts: Sequence[float]) -> Tensor:
        pairs = zip(specs, starts, strict=True)
        return torch.tensor([float(spec.at(name, start, iteration)) for spec, start in pairs])

    def rates(player: str) -> Rates:
        optimizers = [spec.optimizer_of(player) for spec in specs]
        pairs = zip(specs, optimizers, strict=True)
        moments = [_moments(spec, one, iteration, made.get(player, 0)) for spec, one in pairs]
        return Rates(now("lr", [one.lr for one in optimizers]), stack(moments))

    weights = [spec.weights for spec in specs]
    return Hyperparameters(
        {player: rates(player) for player in players},
        {name: now(name, [of[name] for of in weights]) for name in weights[0]},
        now("ema", [spec.ema for spec in specs]),
    )


def _moments(spec: RunSpec, settings: OptimizerSettings, iteration: int, made: int) -> Moments | tuple[()]:
    """What an update of Adam takes after those that are `made`, if its betas change over the run."""
    if not isinstance(settings, BETAS_MAY_CHANGE) or not spec.schedules.keys() & {"beta1", "beta2"}:
        return ()
    betas = [spec.at(f"beta{number}", beta, iteration) for number, beta in enumerate(settings.betas, start=1)]
    return Moments(
        torch.tensor(betas),
        torch.tensor([1 - beta for beta in betas]),
        torch.tensor([1 - beta ** (made + 1) for beta in betas]),
    )


def build_population(
    specs: Sequence[RunSpec],
    member: Member,
    state: State,
    batches: Mapping[str, Batches],
    device: torch.device,
) -> Population:
    """The population of `specs` on its device, from the stacked `state` on.

    A lone member with convolutions is not lifted, and has its channels last.

    Args:
        batches: of each player, from whose storage samples are gathered.
    """
    alone = BUILDERS[specs[0].builder.name].convolutional and len(specs) == 1
    numbers = numbers_of(specs, member.game.players)
    state, numbers = tree_map(lambda leaf: leaf.to(device), (state, numbers))
    if alone:
        state = tree_map(_channels_last, state)
    for network in member.networks.values():
        if next(network.buffers(), None) is not None:
            network.to(device)
    storage = {player: one.storage for player, one in batches.items()}
    together = specs[0].updates != "alternating"
    return Population(member, state, numbers, storage, together, batched=not alone)


def build_batches(
    specs: Sequence[RunSpec], game: Game, data: Data, device: torch.device, ranks: Ranks = ALONE
) -> dict[str, Batches]:
    """A rank's slices of the batches of each player, which share the data's storage if it fits on the device."""
    seeds = [spec.seed for spec in specs]
    storage = tuple(table.to(device) for table in data.storage) if has_room(device, data.storage) else None
    sizes = {player: specs[0].batch_size_of(player) for player in game.players}
    return {
        player: Batches(player, game, seeds, data, size, device, storage, ranks.slice_of(size))
        for player, size in sizes.items()
    }


def _channels_last(leaf: Tensor) -> Tensor:
    """A leaf of one member [1, ...] with its channels last, if it is a kernel [1, O, I, H, W]."""
    return leaf[0].contiguous(memory_format=torch.channels_last)[None] if leaf.dim() == 5 else leaf
