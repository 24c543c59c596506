"""The list of networks, and how one is found, set and built."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from ecgpage.learn.networks.network import Network
from ecgpage.learn.settings import TrainSettings, make_settings
from ecgpage.values import Refusal, WrongUse


def list_networks() -> tuple[Network, ...]:
    """All networks, in the order in which they are shown; a new one is added here."""
    from ecgpage.learn.networks import measures, seed, strided, trace

    return (trace.NETWORK, strided.NETWORK, seed.NETWORK, measures.NETWORK)


def find_network(name: str) -> Network:
    """The network of that name."""
    known = {network.name: network for network in list_networks()}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"Did you mean '{near[0]}'?" if near else "Choose one of them with --network."
    raise WrongUse(
        Refusal(
            where="network",
            what=f"there is no network named '{name}'",
            expected="one of " + ", ".join(known),
            received=name,
            todo=hint,
            code="unknown-network",
        )
    )


def family_of(name: str) -> str:
    """What the network of that name sees: ``pixels`` or ``measurements``."""
    return find_network(name).family


def settings_for(*layers: Mapping[str, Any], where: str = "settings") -> TrainSettings:
    """Settings from the network's defaults with each layer laid over the one before.

    The usual layers are a TOML file's values and the flags; the last that names a network
    decides whose defaults lie underneath.
    """
    given: dict[str, Any] = {}
    for layer in layers:
        given |= layer
    network = find_network(str(given.get("network", TrainSettings.network)))
    return make_settings({**network.defaults, **given, "network": network.name}, where)


def build_network(settings: TrainSettings, classes: int) -> Any:
    """The Keras model of the settings for that number of classes, not yet compiled."""
    network = find_network(settings.network)
    if network.build is None:
        raise WrongUse(
            Refusal(
                where=f"network {network.name}",
                what="it is not a Keras network",
                expected="a network that sees pixels",
                received=f"one that sees {network.family}",
                todo="Choose another with --network.",
                code="not-a-keras-network",
            )
        )
    return network.build(settings, 1 if classes == 2 else classes)
