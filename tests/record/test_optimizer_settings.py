"""The settings of optimisers in a spec."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from ganlab.errors import InputError
from ganlab.record.optimizers import OPTIMIZERS, AdamW, OptimizerField, parse_optimizer


@pytest.mark.parametrize("name", OPTIMIZERS.names)
def test_the_name_of_the_settings_is_that_of_the_optimiser(name):
    assert OPTIMIZERS[name].settings().name == name
    assert OPTIMIZERS[name].summary


@pytest.mark.parametrize("name", OPTIMIZERS.names)
def test_settings_in_a_spec_are_written_whole_and_read_back(name):
    field = TypeAdapter(OptimizerField)
    settings = OPTIMIZERS[name].settings(lr=0.25)
    written = field.dump_python(settings, mode="json")
    assert written == settings.model_dump(mode="json")
    assert {"name", "lr"} < set(written)
    assert field.validate_python(written) == settings


def test_the_defaults_of_adamw_decay_by_a_hundredth():
    assert parse_optimizer({"name": "adamw", "lr": 1e-3}, "test") == AdamW(lr=1e-3, weight_decay=0.01)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "adamv"}, "^test: unknown optimizer 'adamv'; did you mean 'adam' or 'adamw'"),
        ({"lr": 1}, "^test: the optimizer needs a name, such as 'name: adam'"),
        (
            {"name": "adamw", "weight_decay": -1.0},
            "^test: 'weight_decay' is -1.0: input should be greater than or equal",
        ),
        ({"name": "adam", "weight_decay": 0.1}, "^test: unknown key 'weight_decay'"),
        ({"name": "sgd", "lr": 0.0}, "^test: 'lr' is 0.0: input should be greater than 0"),
    ],
)
def test_wrong_settings_are_one_sentence(given, message):
    with pytest.raises(InputError, match=message):
        parse_optimizer(given, "test")
