"""The program ``ecgpage``: a group that loads each command only when it is asked for."""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
import sys

import click

import ecgpage
import ecgpage.cli.commands as commands_package
from ecgpage.values import Refusal, Refused


class LazyGroup(click.Group):
    """Finds its commands as the modules of :mod:`ecgpage.cli.commands`, each with ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names, sorted."""
        return sorted(
            module.name.replace("_", "-")
            for module in pkgutil.iter_modules(commands_package.__path__)
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and return its ``command``."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(
            f"{commands_package.__name__}.{cmd_name.replace('-', '_')}"
        )
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest known command named where a name is unknown."""
        import difflib

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " See 'ecgpage --help'."
            raise click.UsageError(f"{error.message.rstrip('.')}.{hint}", ctx) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(ecgpage.__version__, prog_name="ecgpage")
def group() -> None:
    """Electrocardiograms as pictures: look, label, audit, train, evaluate, predict.

    \b
    ecgpage browse FOLDER               see what is there
    ecgpage audit pages.csv             find copies, conflicts and shortcuts
    ecgpage train pages.csv --out MODEL --group patient
    ecgpage evaluate MODEL pages.csv    with intervals and baselines
    ecgpage predict MODEL FOLDER --csv predictions.csv

    Not for clinical use. Nothing leaves this machine.
    """


def main() -> None:
    """Run the program; errors that carry a refusal print it and set the exit code."""
    try:
        group()
    except Refused as error:
        click.echo(f"ecgpage: {error.refusal}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        click.echo(f"ecgpage: {_no_writing(error)}", err=True)
        sys.exit(1)


def _no_writing(error: OSError) -> Refusal:
    """The words for a full or closed place; any other error of the system goes on."""
    where = os.fspath(error.filename) if isinstance(error.filename, str) else "writing"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        what, expected = "there is no room left to write", "room for the result"
        todo = "Make room or name another place, and run the same command again."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        what, expected = "it may not be written", "permission to write there"
        todo = "Change the permissions, or name another place."
    else:
        raise error
    return Refusal(where, what, expected, error.strerror or "", todo, "not-written")
