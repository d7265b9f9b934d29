"""What a scheduler adds to each task."""

from operator import add

from .engines import BOTH, get, module


class PlainDict:
    """40,000 independent tasks of a plain dict."""

    params = BOTH
    param_names = ["engine"]

    def setup(self, engine):
        self.graph = {("x", i): (add, 1, i) for i in range(40_000)}
        self.keys = list(self.graph)

    def time_threads(self, engine):
        get(engine, "threads")(self.graph, self.keys)

    def time_synchronous(self, engine):
        get(engine, "synchronous")(self.graph, self.keys)


class Duties:
    """20,000 chains of two tasks whose results count for the budget: what listeners and a limit that is near add."""

    params = [["nothing", "listener", "limit", "both"]]
    param_names = ["duties"]

    def setup(self, duties):
        from minidask.events import Listener
        from minidask.task import Graph

        count, nbytes = 20_000, 5_000
        tasks = {("x", i): (bytes, nbytes) for i in range(count)}
        tasks |= {("y", i): (len, ("x", i)) for i in range(count)}
        self.graph = Graph.from_dict(tasks)
        self.keys = [("y", i) for i in range(count)]
        self.options = {"memory_limit": False}
        if duties in ("limit", "both"):
            self.options["memory_limit"] = 40 * nbytes  # so near that the room of each task is looked at
        if duties in ("listener", "both"):
            self.options["callbacks"] = [Listener()]

    def time_synchronous(self, duties):
        get("minidask", "synchronous")(self.graph, self.keys, **self.options)

    def time_threads(self, duties):
        get("minidask", "threads")(self.graph, self.keys, **self.options)


class Delayed:
    params = BOTH
    param_names = ["engine"]

    def setup(self, engine):
        self.delayed = module(engine, "").delayed

    def time_chain_of_3_000(self, engine):
        step = self.delayed(abs)
        x = step(1)
        for _ in range(3_000):
            x = step(x)
        x.compute()

    def time_sum_of_10_000(self, engine):
        step = self.delayed(abs)
        self.delayed(sum)([step(i) for i in range(10_000)]).compute()
