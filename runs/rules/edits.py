"""What a fork may give a step in place of its own input, and who may give it.

A component takes other arguments from whoever may fork the run: what it reaches, it reaches as the run's owner. What a
model is asked is changed by operators alone, and then sent so. Any other step (a sleep, a question, the time) takes
nothing, since it would not use it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from genisys import UserError
from genisys.host import StepRecord
from runs.access import acan_operate
from runs.rules.audit import Actor, Via


class EditRefused(UserError):
    """The step's input is not this person's to change, or not at all."""


async def check_edit(actor: Actor, step: StepRecord, input: dict[str, Any]) -> None:
    """Raise UserError, with a sentence, where this actor may not give that step this input, or it cannot be used."""
    if step.call:
        if not await _operates(actor):
            raise EditRefused(
                "What a model is asked can be changed by operators of this installation alone. "
                "Fork at the step around this call instead, with other arguments."
            )
        await asyncio.to_thread(_check_request, step, input)
    elif not step.version:
        raise EditRefused(
            f"The step “{step.title or step.name}” is no component of the workflow, and takes no other input. "
            "Fork at it without one, or at the step around it."
        )


async def _operates(actor: Actor) -> bool:
    """Say whether the actor is an operator. A command in nobody's name is whoever runs the installation."""
    if actor.user is None:
        return actor.via == Via.COMMAND
    return await acan_operate(actor.user)


def _check_request(step: StepRecord, input: dict[str, Any]) -> None:
    # A second's worth of modules, which a web process needs for nothing else.
    from genisys.openai import check_request

    check_request(step.call, step.input, input)
