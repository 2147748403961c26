"""Groups of commands whose modules are loaded when they are asked for: all together take longer than most commands."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from cli.loading import loading


def commands_of(names: Sequence[str], modules: str) -> type[TyperGroup]:
    """A group of these commands, in this order; each is in the module of its name, `modules` before it.

    A module has an `app` of several commands, or a function of its name, which is the command.
    """

    class Commands(TyperGroup):
        def list_commands(self, _ctx: Any) -> list[str]:
            """Their names, in the order of the help."""
            return list(names)

        def get_command(self, _ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
            """The command of that name."""
            return _command(cmd_name, modules + cmd_name) if cmd_name in names else None

    return Commands


def _command(name: str, module_name: str) -> TyperCommand | TyperGroup:
    with loading():
        module = import_module(module_name)
    if hasattr(module, "app"):
        group = get_group(module.app)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(getattr(module, name))
    return cast(TyperCommand, get_command(alone))
