"""Real delivery of one run: what is checked before it, its worker, its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from oncue.runtime.delivery import environment, routes
from oncue.runtime.delivery.dispatch import Dispatch, remembered
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.delivery.patience import Patience
from oncue.runtime.delivery.rehearsal import Rehearsal
from oncue.runtime.delivery.worker import Worker
from oncue.runtime.engine.engine import Engine
from oncue.runtime.errors import DatabaseError
from oncue.schemas.plan import Plan


def checked(plan: Plan) -> Environment:
    """What the plan's connectors need. Raises NothingToDeliverError or MissingSecretError."""
    routes.check(plan)
    return environment.read(plan)


@contextmanager
def delivering(engine: Engine, plan: Plan, given: Environment, patience: Patience) -> Iterator[None]:
    """Meanwhile what the engine has queued goes to real connectors. At the end, also on the way out of an
    error, what is under way is waited for and written down."""
    dispatch = _dispatch(engine, plan, given, patience)
    engine.departures.dispatch = dispatch
    try:
        dispatch.recover()
        yield
        _end(engine, dispatch)
    except DatabaseError:
        raise  # nothing can be written down any more: the next run finds those attempts in doubt
    except BaseException:
        _end(engine, dispatch)
        raise
    finally:
        engine.departures.dispatch = None
        dispatch.close()


def _end(engine: Engine, dispatch: Dispatch) -> None:
    dispatch.land()
    engine.commit()
    while engine.open:
        engine.commit()


def _dispatch(engine: Engine, plan: Plan, given: Environment, patience: Patience) -> Dispatch:
    channels = routes.channels_of(plan)
    needs = routes.Needs(plan, given, remembered(engine.store.meta()))
    limits = {name: routes.limits_of(spec) for name, spec in channels.items()}
    lanes = {name: (routes.maker(spec, needs), limits[name]) for name, spec in channels.items()}
    worker = Worker(lanes, given.scrub)
    worker.start()
    return Dispatch(engine, worker, limits, Rehearsal(plan.settings.deliver_only_to), patience)
