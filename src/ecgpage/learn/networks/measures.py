"""``measures``: no network at all, a small model on what was measured on the digitised leads."""

from __future__ import annotations

from ecgpage.learn.networks.network import Network

NETWORK = Network(
    name="measures",
    summary="A small model on measured waves (intervals, voltages, T waves), not on pixels.",
    defaults={"augmentation": "none"},
    build=None,
    family="measurements",
)
