"""``ecgpage status``: how far runs are."""

from __future__ import annotations

import json

import click

from ecgpage.cli.console import table


@click.command()
@click.argument("run_name", required=False, metavar="[RUN]")
@click.option("--ledger", metavar="URL", help="The ledger that the run was given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(run_name: str | None, ledger: str | None, as_json: bool) -> None:
    """Show how far the runs with --parquet are, from any terminal that reaches their ledger.

    \b
    ecgpage status
    ecgpage status predict-1f0c2a9b
    ecgpage status nightly --ledger postgresql://me@10.0.0.1/ecg

    Shown are pages, how many are settled, the share of them that was refused, pages a second
    over the last minute or more and the time that is left at that rate. Exit code 0: shown;
    2: wrong use.
    """
    from ecgpage.flows.archive import states

    found = states(ledger, run_name)
    if as_json:
        click.echo(json.dumps([state.as_dict() for state in found], indent=1))
        return
    if not found:
        click.echo("no runs yet")
    table("", [_row(state.as_dict()) for state in found])
    for state in found:
        if state.dashboard and state.state == "running":
            click.echo(f"{state.name}: {state.dashboard}")


def _row(state: dict[str, object]) -> dict[str, object]:
    settled = f"{state['settled']}/{state['pages']}"
    rate, left = state["rate_hz"], state["left_s"]
    return {
        "run": state["name"],
        "state": state["state"],
        "pages": settled,
        "refused": f"{100 * float(str(state['refused_share'])):.1f} %",
        "pages/s": "" if rate is None else f"{float(str(rate)):.1f}",
        "left": "" if left is None else _time(float(str(left))),
        "output": state["output"],
    }


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
