"""What protection costs in bytes: the saw-tooth, computed from the transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.ipsec.transforms import Protection, ah_transform, esp_transform

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TRANSFORMS", "plaintext_mtu", "sawtooth", "wire_size"]

MTU = 1500

TRANSFORMS: dict[str, Protection] = {
    "AES-CBC, SHA-1": Protection(esp_transform("aes", 256, "sha1", "tunnel"), None, True),
    "AES-GCM": Protection(esp_transform("aes-gcm-16", 128, None, "tunnel"), None, True),
    "3DES, SHA-1": Protection(esp_transform("3des", 0, "sha1", "tunnel"), None, True),
    "AH, SHA-1": Protection(None, ah_transform("sha1", "tunnel"), True),
}
"""By name, in tunnel mode."""
_LINES = {"AES-CBC, SHA-1": "-", "AES-GCM": "--", "3DES, SHA-1": "-.", "AH, SHA-1": ":"}


def wire_size(inner: int, name: str = "AES-CBC, SHA-1") -> int:
    """Return the bytes on the wire for an inner packet of `inner` bytes."""
    return TRANSFORMS[name].wire_size(inner)


def plaintext_mtu(name: str = "AES-CBC, SHA-1") -> int:
    """Return the largest inner packet that still fits an MTU of 1500."""
    return TRANSFORMS[name].plaintext_mtu(MTU)


def sawtooth(*, around: int = 1440, small: int = 160) -> Figure:
    """Return what small packets grow by, and where large ones meet the MTU, as a static figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = range(28, small + 1)
    for name, transform in TRANSFORMS.items():
        left.step(sizes, [transform.overhead(n) for n in sizes], _LINES[name], where="mid", label=name)
    left.set(xlabel="inner packet (bytes)", ylabel="grows by (bytes)", title="Small packets", ylim=(0, None))
    sizes = range(around - 20, around + 21)
    for name, transform in TRANSFORMS.items():
        right.step(sizes, [transform.wire_size(n) for n in sizes], _LINES[name], where="mid", label=name)
    right.axhline(MTU, color="0.4", linewidth=1)
    right.annotate(f"MTU {MTU}", (sizes[0], MTU), xytext=(2, 3), textcoords="offset points", fontsize=8)
    right.set(xlabel="inner packet (bytes)", ylabel="on the wire (bytes)", title="Near the MTU")
    left.legend(fontsize=8)
    for axes in (left, right):
        axes.grid(alpha=0.25)
    return figure
