"""Put a process under the probe: numbers, numpy and the frameworks that are there."""

from __future__ import annotations

import sys

from autofix.probe import program
from autofix.probe.holding import Holding
from autofix.probe.places import Places
from autofix.probe.tracked import Tracking, blind_numpy, patch_math, patch_numpy, patch_statistics
from autofix.probe.watch import Watch


def start(request: dict, places: Places, enough) -> Watch:
    """Watch everything from now on; ``enough`` ends the run when it has shown what it can."""
    watch = Watch(places)
    watch.enough, watch.last_root = enough, request.get("last_root", -1)
    tracking = Tracking(watch, sys.modules.get("numpy"))
    patch_math(tracking)
    if "statistics" in sys.modules:
        patch_statistics(tracking, sys.modules["statistics"])
    blind = program.install_blind_calls(tracking)
    if tracking.numpy is not None:
        patch_numpy(tracking)
        blind.update(blind_numpy(tracking))
    nudge = {int(index): push for index, push in request.get("nudge", {}).items()}
    limit = request.get("limit", 2)
    hold = Holding(watch, request.get("hold", ()), request.get("held", ""), request["scratch"])
    watch.at_end.append(hold.save)
    if "torch" in sys.modules:
        from autofix.probe import torch_hooks, torch_probe

        probe = torch_probe.TorchProbe(watch, tracking, nudge, enough, limit)
        probe.hold = hold
        torch_hooks.install(probe, blind)
    if "tensorflow" in sys.modules:
        from autofix.probe import tf_hooks, tf_probe, tf_tapes

        calls = tf_tapes.gradient_calls(program.read_source(request["script"], request.get("overlay", {})))
        tf = tf_probe.TfProbe(watch, tracking, nudge, hold)
        tf_hooks.install(tf, tf_tapes.TfTapes(tf, enough, limit, calls), blind)
    return watch
