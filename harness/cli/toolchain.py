"""`harness toolchain`: list, fetch and show LLVMs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli import options
from harness.console.say import say
from harness.errors import UsageError


class _Version(click.ParamType[str]):
    """What a column of a matrix may be called, such as 19, trunk and wheel:0.47."""

    name = "VERSION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Raise click.BadParameter if there can be no LLVM of that name."""
        from harness.toolchain.registry import read_column

        try:
            read_column(str(value))
        except UsageError as error:
            self.fail(f"{error.what}; {error.next_step}", param, ctx)
        return str(value)


@click.group("toolchain", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List, fetch and show LLVM toolchains."""


@command.command("list")
@click.option("--offline", is_flag=True, help="Only what is already on this machine.")
@options.sandbox
@options.store
def list_(offline: bool, store_root: Path | None) -> None:
    """List every LLVM the harness can use here."""
    from harness.cli.progress import show_progress
    from harness.toolchain.registry import survey

    with show_progress(quiet=False) as progress:
        rows = survey(options.open_enclosed(store_root), progress.step, offline=offline)
    wide = max((8, *(len(row.version) for row in rows)))
    for row in rows:
        say(f"{row.kind:<7} {row.version:<{wide}} {row.where}")


@command.command("fetch")
@click.argument("versions", nargs=-1, type=_Version(), required=True)
@options.packaged_kind_option
@click.option("--tools-only", is_flag=True, help="Only what running tests needs, not what building needs.")
@options.sandbox
@options.store
def fetch(versions: tuple[str, ...], kind: str, tools_only: bool, store_root: Path | None) -> None:
    """Fetch LLVMs (such as 19 22 trunk wheel:0.47), and emulators, into the store, without root."""
    from harness.cli.progress import show_progress
    from harness.toolchain.registry import DEFAULT, read_column, resolve

    store = options.open_enclosed(store_root)
    named = [one if kind == DEFAULT or ":" in one else f"{kind}:{one}" for one in versions]
    requests = [read_column(one) for one in named]
    with show_progress(quiet=False) as progress:
        providers = [resolve(store, one, progress.step) for one in requests]
        places = [place for one in providers for place in one.fetch(build=not tools_only)]
    for place in dict.fromkeys(places):
        say(str(place))


@command.command("key")
@options.toolchain
@options.sandbox
@options.store
def key(kind: str | None, llvm: str | None, prefix: Path | None, store_root: Path | None) -> None:
    """Print the key under which a CI system may cache this LLVM's folders of the store; nothing is fetched.

    It changes whenever the harness would fetch or unpack something else.
    """
    from harness.toolchain.registry import resolve

    provider = resolve(options.open_enclosed(store_root), options.request(kind, llvm, prefix), lambda _: None)
    say(provider.cache_key())


@command.command("show")
@options.toolchain
@options.sandbox
@options.store
def show(kind: str | None, llvm: str | None, prefix: Path | None, store_root: Path | None) -> None:
    """Show one toolchain: its version, origin, features, tools and identity."""
    from harness.cli.progress import show_progress
    from harness.runner.runs import toolchain_features
    from harness.toolchain.registry import resolve

    if kind is None and llvm is None and prefix is None:
        raise UsageError("which toolchain?", "add --toolchain wheel, --llvm 19, or --prefix DIR")
    with show_progress(quiet=False) as progress:
        request = options.request(kind, llvm, prefix)
        provider = resolve(options.open_enclosed(store_root), request, progress.step)
        toolchain = provider.toolchain()
        options.require_version(llvm, toolchain.version, provider.kind)
        features = toolchain_features(toolchain)
    say(f"name       {toolchain.name}")
    say(f"version    {toolchain.version}")
    say(f"from       {toolchain.provenance}")
    say(f"identity   {toolchain.identity}")
    say(f"features   {' '.join(sorted(features))}")
    say(f"llc        {toolchain.tools['llc']}")
    say(f"tools      {' '.join(sorted(toolchain.tools))}")
