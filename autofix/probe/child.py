"""One run of one program, in a process of its own: a forked child of the server, or a fresh one."""

from __future__ import annotations

import json
import os
import random
import sys

from autofix.probe import program
from autofix.probe.places import Places

SEED = 20_240_917


class Run:
    """One run: sets the process up, runs the program, leaves ``record.json`` in the scratch folder."""

    def __init__(self, request: dict):
        self.request = request
        self.watch = None
        self.ended = False

    def go(self) -> int:
        request = self.request
        script = request["script"]
        places = Places(request["root"], script)
        overlay = request.get("overlay", {})
        sys.argv = [script, *request.get("args", [])]
        sys.path[:] = [os.path.dirname(script) if not request.get("module") else os.getcwd(), *request["sys_path"]]
        probe = request.get("probe", True)
        program.hide_probe()
        program.install_loader(places.is_users, overlay, probe)
        self._seed()
        if probe:
            self._start_probe(places)
        return self._run(script, overlay, probe)

    def _seed(self) -> None:
        random.seed(SEED)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(SEED % 2**32)
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(SEED)

    def _start_probe(self, places: Places) -> None:
        from autofix.probe.tracked import Tracking, patch_math, patch_numpy
        from autofix.probe.watch import Watch

        self.watch = Watch(places)
        self.watch.enough, self.watch.last_root = self.enough, self.request.get("last_root", -1)
        tracking = Tracking(self.watch, sys.modules.get("numpy"))
        nudge = {int(index): push for index, push in self.request.get("nudge", {}).items()}
        patch_math(tracking)
        if tracking.numpy is not None:
            patch_numpy(tracking)
        blind = program.install_blind_calls(tracking)
        if "torch" in sys.modules:
            from autofix.probe import torch_probe

            torch_probe.install(
                torch_probe.TorchProbe(self.watch, tracking, nudge, self.enough, self.request.get("limit", 2)), blind
            )

    def _run(self, script: str, overlay: dict, probe: bool) -> int:
        end = {"how": "exit", "exception": "", "message": "", "site": -1}
        code = 0
        try:
            if self.request.get("module"):
                program.run_module(self.request["module"], probe)
            else:
                program.run_script(script, program.read_source(script, overlay), probe)
        except SystemExit as error:
            code = self._exit_code(error)
        except BaseException as error:
            end.update(how="exception", exception=type(error).__name__, message=str(error)[:500])
            if self.watch is not None:
                end["site"] = self.watch.places.of_traceback(error.__traceback__)
            program.strip(error)
            sys.excepthook(type(error), error, error.__traceback__)
            code = 1
        self.finish(end)
        return code

    @staticmethod
    def _exit_code(error: SystemExit) -> int:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)
        return 1

    def enough(self) -> None:
        """The run has shown what it can: leave at once, whatever the program would still do."""
        self.finish({"how": "enough", "exception": "", "message": "", "site": -1})
        os._exit(0)

    def finish(self, end: dict) -> None:
        """Flush what the program printed and write the record."""
        if self.ended:
            return
        self.ended = True
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        if self.watch is not None:
            self.watch.mute = True
            record = self.watch.as_record()
            record["end"] = end
            path = os.path.join(self.request["scratch"], "record.json")
            with open(path + ".part", "w", encoding="utf-8") as handle:
                json.dump(record, handle)
            os.replace(path + ".part", path)


def redirect(scratch: str) -> None:
    """Standard input is empty; what the program prints goes to files in the scratch folder."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        handle = os.open(os.path.join(scratch, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)


def run_request(request: dict) -> int:
    """Run in this process; gives the exit code. The caller must end the process with it."""
    os.chdir(request["cwd"])
    redirect(request["scratch"])
    os.environ.update(request.get("env", {}))
    return Run(request).go()
