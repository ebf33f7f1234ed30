"""framing config: what a training config says, and what one may say."""

from __future__ import annotations

import typer

from framing.cli.options import ConfigFile, Settings, print_config

app = typer.Typer(
    name="config",
    help="Show a training config, or what one may hold.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def show(config: ConfigFile, settings: Settings = None) -> None:
    """Print a config as YAML, with what it has from its base and every default.

    Example: framing config show configs/transformer.yaml --set training.seed=2
    """
    from framing.config import load_config

    print_config(load_config(config, settings or ()))


@app.command()
def schema() -> None:
    """Print the JSON Schema of configs, for editors that complete and check YAML.

    Example: framing config schema > schema.json
    """
    from framing.config_schema import render_schema

    typer.echo(render_schema(), nl=False)
