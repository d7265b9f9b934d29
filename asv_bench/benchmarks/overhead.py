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
