"""The command line: options → call → print → exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from autofix import __version__, config
from autofix.config import ConfigError, Settings

CLEAN, FOUND, FAILED = 0, 1, 2


class Trouble(click.ClickException):
    """The tool could not do its work: one line, exit code 2."""

    exit_code = FAILED

    def show(self, file=None) -> None:
        click.echo(f"autofix: {self.message}", err=True)


class Command(click.Group):
    """``autofix FILE`` means ``autofix check FILE``, as with other tools that mend files."""

    def parse_args(self, ctx, args):
        if args and args[0] not in self.commands and args[0] not in ("--version", "--help", "-h"):
            args = ["check", *args]
        return super().parse_args(ctx, args or ["check"])


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="autofix")
def main() -> None:
    """Repairs Python programs whose gradients are lost, and proves each repair by running the program.

    \b
    autofix [PATHS]            what starves, where, why, and whether a proved fix is at hand
    autofix --diff [PATHS]     the proved patch on stdout, the proof on stderr
    autofix --write [PATHS]    apply what is proved

    Without PATHS the current folder is taken. `autofix check --help` lists the options.
    Exit code: 0 nothing to fix, 1 findings remain (or a diff was printed), 2 autofix could not do its work.
    """


def _codes(_, __, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip().upper() for text in value for code in text.split(",") if code.strip())


@main.command("check", context_settings={"ignore_unknown_options": False})
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--diff", "mode", flag_value="diff", help="Print the proved patch on stdout, the proof on stderr.")
@click.option("--write", "mode", flag_value="write", help="Apply what is proved.")
@click.option("--unsafe-fixes", is_flag=True, default=None, help="Also fixes that change the maths or the intent.")
@click.option("--unproved", is_flag=True, help="Also fixes that could not be proved.")
@click.option("--no-run", is_flag=True, help="Execute nothing: find what the source alone shows.")
@click.option("--likely", is_flag=True, help="With --no-run: also report what is likely, not certain. Never applied.")
@click.option("--select", multiple=True, callback=_codes, help="Only these rules, such as AF101,AF102.")
@click.option("--ignore", multiple=True, callback=_codes, help="Not these rules.")
@click.option("--jobs", type=click.IntRange(1), help="Programs proved side by side (default: the number of cores).")
@click.option("--python", help="The interpreter that runs the programs (default: the active virtual environment's).")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds for one run (default 60).")
@click.option("--args", "program_args", help="Arguments for the program, as one shell word list.")
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", help="Form of the report.")
@click.option("--allow-write", is_flag=True, help="Let the programs write below the project and the current folder.")
@click.option("--allow-network", is_flag=True, help="Let the programs use the network.")
@click.option("--isolate", type=click.Choice(["auto", "hook", "bwrap"]), default="auto", help="How runs are fenced in.")
@click.option("--allow-dirty", is_flag=True, help="With --write on a folder: also where git has uncommitted changes.")
@click.option("--statistics", is_flag=True, help="Only how often each rule has something to say.")
def check(paths, mode, **options) -> None:
    """Find lost gradients in PATHS (files or folders), and mend them."""
    from autofix import batch
    from autofix.batch import Wish

    settings = _settings()
    wish = Wish(
        mode=mode or "report",
        unsafe=settings.unsafe_fixes if options["unsafe_fixes"] is None else options["unsafe_fixes"],
        unproved=options["unproved"],
        run=not options["no_run"],
        likely=options["likely"],
        select=options["select"] or settings.select,
        ignore=options["ignore"] or settings.ignore,
        jobs=options["jobs"] or settings.jobs or os.cpu_count() or 1,
        python=_interpreter(options["python"] or settings.python),
        timeout=options["timeout"] or settings.timeout or 60.0,
        args=_words(options["program_args"]) if options["program_args"] is not None else settings.args,
        allow_dirty=options["allow_dirty"],
        isolate=options["isolate"],
        allow_write=options["allow_write"],
        allow_network=options["allow_network"],
        exclude=settings.exclude,
        root=settings.root,
    )
    outcome = _guarded(lambda: batch.run(paths or (".",), wish))
    if options["statistics"]:
        _print_statistics(outcome)
    else:
        _print(outcome, wish, options["form"])
    sys.exit(outcome.exit_code)


@main.command()
@click.argument("code", required=False)
def rule(code: str | None) -> None:
    """Documentation of a rule; without CODE the list of all rules."""
    from autofix.mend.rules import all_rules
    from autofix.mend.rules import rule as find

    if code is None:
        for known in all_rules():
            click.echo(f"{known.code}  {known.name:<18} {known.summary}")
        return
    found = find(code)
    if found is None:
        raise Trouble(f"there is no rule {code}; `autofix rule` lists them")
    click.echo(f"{found.code} {found.name}\n\n{found.documentation.strip()}\n\nWithout an automatic fix: {found.advice}.")


@main.command()
@click.argument("file", type=click.Path())
@click.option("--line", type=click.IntRange(1), required=True, help="1-based.")
@click.option("--column", type=click.IntRange(1), required=True, help="1-based.")
@click.option("--format", "form", type=click.Choice(["json"]), default="json")
@click.option("--stdin-filename", help="With FILE -: the name of the file whose text comes on standard input.")
@click.option("--unsafe-fixes", is_flag=True)
@click.option("--python", help="The interpreter that runs the program.")
@click.option("--timeout", type=float, default=60.0, show_default=True)
def quickfix(file, line, column, form, stdin_filename, unsafe_fixes, python, timeout) -> None:
    """The findings at a place of FILE and their edits, as JSON for an editor to apply."""
    from autofix import batch
    from autofix.batch import Wish
    from autofix.report import json as report

    settings = _settings()
    wish = Wish(mode="report", unsafe=unsafe_fixes, timeout=timeout, python=_interpreter(python or settings.python), jobs=1)
    text = None
    if file == "-":
        if not stdin_filename:
            raise Trouble("FILE - needs --stdin-filename, so that imports and findings have a place")
        file, text = stdin_filename, sys.stdin.buffer.read()
    outcome = _guarded(lambda: batch.run_one(os.path.abspath(file), wish, text))
    _complain(outcome)
    click.echo(report.render([batch.at_place(r, line, column) for r in outcome.results], outcome.sources))
    sys.exit(outcome.exit_code)


@main.command()
def doctor() -> None:
    """What this machine offers: interpreter, frameworks, isolation, and what it does not stop."""
    from autofix.doctor import report

    click.echo(report(_interpreter(_settings().python)))


# -- helpers --------------------------------------------------------------------------------------


def _settings() -> Settings:
    try:
        return config.load()
    except ConfigError as error:
        raise Trouble(str(error)) from None


def _interpreter(named: str | None) -> str:
    """The interpreter named, else the active virtual environment's, else our own."""
    if named:
        return named
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        folder = Path(active, "Scripts" if os.name == "nt" else "bin")
        for name in ("python", "python3", "python.exe"):
            if (folder / name).exists():
                return str(folder / name)
    return sys.executable


def _words(text: str) -> tuple[str, ...]:
    import shlex

    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise Trouble(f"--args: {error}") from None


def _guarded(work):
    from autofix.prove.server import ServerError
    from autofix.source import SourceError

    try:
        return work()
    except (ServerError, SourceError) as error:
        raise Trouble(str(error)) from None


def _complain(outcome) -> None:
    for result in outcome.results:
        for error in result.errors:
            click.echo(f"autofix: {error}" if result.path in error else f"autofix: {result.path}: {error}", err=True)


def _print_statistics(outcome) -> None:
    from autofix.scan import statistics

    for number, code, name in statistics(outcome.results):
        click.echo(f"{number:>5}  {code}  {name}")
    _complain(outcome)


def _print(outcome, wish, form: str) -> None:
    from autofix.report import text

    if form != "text":
        report = import_module(f"autofix.report.{form}")
        click.echo(report.render(outcome.results, outcome.sources))
    elif wish.mode == "diff":
        text.render(outcome.results, outcome.sources, sys.stderr, root=os.getcwd(), hint="the patch is on stdout")
        sys.stderr.flush()
        sys.stdout.buffer.write(b"".join(result.patch for result in outcome.results))
        sys.stdout.buffer.flush()
        return
    else:
        hint = "applied" if wish.mode == "write" else "autofix --diff shows them, autofix --write applies them"
        text.render(outcome.results, outcome.sources, root=os.getcwd(), hint=hint)
        return
    _complain(outcome)
    if wish.mode == "diff" and form != "text":
        click.echo("autofix: --format with --diff prints the report; the patch is in its fixes", err=True)
