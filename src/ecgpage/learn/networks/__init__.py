"""Networks by name; each stands in a file of its own and carries its default settings."""

from ecgpage.learn.networks.backend import load_keras
from ecgpage.learn.networks.cost import count_multiply_adds
from ecgpage.learn.networks.network import Network
from ecgpage.learn.networks.registry import (
    build_network,
    family_of,
    find_network,
    list_networks,
    settings_for,
)

__all__ = [
    "Network",
    "build_network",
    "count_multiply_adds",
    "family_of",
    "find_network",
    "list_networks",
    "load_keras",
    "settings_for",
]
