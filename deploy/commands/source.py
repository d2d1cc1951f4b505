"""Sources: check one against its promises, begin a new one."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli import JsonOption, app

sources = typer.Typer(help="Check sources, begin one, see what vendors change.", no_args_is_help=True)
app.add_typer(sources, name="source")


@sources.command()
def check(
    name: Annotated[str | None, typer.Argument(help="The source, such as github; else all of them.")] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="A folder of payloads, laid out as <source>/<event>/*.json.")
    ] = None,
    fixtures: Annotated[
        Path | None, typer.Option(help="The source's fixtures, laid out as <event>/<case>.request.json.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write what each fixture becomes beside it, for you to read.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a source to the test: whom it believes, what it makes of payloads, whole and broken, and what it takes.

    Exits with 1 if a promise is broken; what is left to do is told and does not fail.
    """
    from deploy.conformance.check import check_all
    from deploy.conformance.payloads import corpus_in
    from deploy.conformance.told import as_json as object_of
    from deploy.conformance.told import has_failed, lines
    from producers.registry import source_names

    if name is None and (fixtures or write):
        raise typer.BadParameter("say whose fixtures these are: pipegauge source check NAME --fixtures DIR --write")
    folder = corpus_in(corpus, source_names()) if corpus else None
    without_source = folder.without_source if folder else ()
    with Console(stderr=True).status("checking") as status:
        names = [name] if name else source_names()
        checked = list(check_all(names, folder, fixtures, write, lambda of: status.update(f"checking {of}")))
    print(object_of(checked, without_source) if as_json else "\n".join(lines(checked, without_source)))
    if has_failed(checked):
        raise typer.Exit(1)


@sources.command()
def new(
    name: Annotated[str, typer.Argument(help="The new source's name, such as acme-ci: a part of its address.")],
    payloads: Annotated[
        list[Path],
        typer.Option("--from", help="A captured payload; say it once for each.", exists=True, dir_okay=False),
    ],
    headers: Annotated[
        Path | None,
        typer.Option(help="The headers of payloads without a .headers.json beside them.", exists=True, dir_okay=False),
    ] = None,
    into: Annotated[Path, typer.Option(help="A checkout of pipegauge; elsewhere a package is made.")] = Path(),
) -> None:
    """Begin a source from captured payloads: its module, its fixtures, and a list of what to fill in."""
    from deploy.new_source.begin import begin

    begun = begin(name, payloads, headers, into)
    print("\n".join(f"wrote {file}" for file in begun.files))
    print("to do:")
    print("\n".join(f"{number}. {what}" for number, what in enumerate(begun.left, start=1)))
