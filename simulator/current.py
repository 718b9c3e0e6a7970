"""The simulator of the application that a request has reached; so all applications of a process share their routes."""

from typing import Annotated

from fastapi import Depends, Request

from simulator.simulator import Simulator


async def current(request: Request) -> Simulator:
    """The simulator of this application."""
    simulator: Simulator = request.app.state.simulator
    return simulator


Current = Annotated[Simulator, Depends(current)]
