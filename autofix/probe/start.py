"""Put a process under the probe: numbers, numpy and the frameworks that are there."""

from __future__ import annotations

import sys

from autofix.probe import program
from autofix.probe.places import Places
from autofix.probe.tracked import Tracking, patch_math, patch_numpy
from autofix.probe.watch import Watch


def start(request: dict, places: Places, enough) -> Watch:
    """Watch everything from now on; ``enough`` ends the run when it has shown what it can."""
    watch = Watch(places)
    watch.enough, watch.last_root = enough, request.get("last_root", -1)
    tracking = Tracking(watch, sys.modules.get("numpy"))
    patch_math(tracking)
    if tracking.numpy is not None:
        patch_numpy(tracking)
    blind = program.install_blind_calls(tracking)
    if "torch" in sys.modules:
        from autofix.probe import torch_probe

        nudge = {int(index): push for index, push in request.get("nudge", {}).items()}
        torch_probe.install(torch_probe.TorchProbe(watch, tracking, nudge, enough, request.get("limit", 2)), blind)
    return watch
