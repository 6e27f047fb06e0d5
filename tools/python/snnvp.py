# SPDX-License-Identifier: Apache-2.0
"""Results of SNN-VP as Python objects.

    import snnvp
    run = snnvp.load("out/run")
    run.report["totals"]["cycles"]            # report.json as it stands
    run.layers, run.stats, run.energy         # tables, as pandas data frames
    run.over_time("utilisation")              # seconds x blocks, of a run with run.windows
    snnvp.load_sweep("out/tiles")             # one row per point
    snnvp.load_all("out/*")                   # totals of many runs, one row each

Only the tables need pandas.
"""
import glob
import json
import pathlib

__all__ = ["Run", "load", "load_all", "load_sweep"]


def _pandas():
    try:
        import pandas
    except ImportError as error:
        raise ImportError("tables need pandas (Debian: apt install python3-pandas, else pip install pandas); `run.report` works without it") from error
    return pandas


class Run:
    """A folder that `snnvp run --out` wrote."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        file = self.folder / "report.json"
        if not file.is_file():
            raise FileNotFoundError(f"{folder} holds no report.json; a run's folder is made by: snnvp run FILE --out {folder}")
        self.report = json.loads(file.read_text(encoding="utf-8"))

    def __repr__(self):
        return f"<snnvp run {self.name}: {self.status}, {self.folder}>"

    @property
    def name(self):
        return self.report["scenario"]["name"]

    @property
    def status(self):
        return self.report["status"]

    @property
    def totals(self):
        """The totals as a dictionary."""
        return self.report["totals"]

    def table(self, name):
        """A CSV file of the folder: "layers", "stats", "energy", "series", "links", ..."""
        file = self.folder / f"{name}.csv"
        if not file.is_file():
            there = ", ".join(sorted(f.stem for f in self.folder.glob("*.csv"))) or "none"
            raise FileNotFoundError(f"{self.folder} has no {name}.csv (tables that are there: {there})" + ("; ask for it with run.windows: 200" if name == "series" else ""))
        return _pandas().read_csv(file)

    @property
    def layers(self):
        """One row per layer and engine."""
        return self.table("layers")

    @property
    def stats(self):
        """Long: run, block, kind_of_block, stat, unit, kind, value."""
        return self.table("stats")

    @property
    def energy(self):
        """One row per block and event: count, price, energy, source."""
        return self.table("energy")

    @property
    def series(self):
        """Long: window, block, stat, value."""
        return self.table("series")

    @property
    def diagnosis(self):
        """What to look at: rule, severity, text, advice."""
        return _pandas().DataFrame(self.report["diagnosis"], columns=["rule", "severity", "text", "advice"])

    def over_time(self, stat):
        """A statistic by window: the index is the window's begin in seconds, one column per block; what is not there is 0."""
        series = self.series
        begins = series[series.block.isna() & (series.stat == "begin_s")].set_index("window").value
        wide = series[series.block.notna() & (series.stat == stat)].pivot(index="window", columns="block", values="value")
        if wide.empty:
            raise KeyError(f"no block has {stat!r} over time; there are: {', '.join(sorted(series[series.block.notna()].stat.unique()))}")
        wide = wide.reindex(begins.index).fillna(0)
        wide.index = _pandas().Index(begins, name="seconds")
        return wide


def load(folder):
    """The run in a folder."""
    return Run(folder)


def load_sweep(folder):
    """The points of a sweep (`snnvp sweep --out`), one row each: settings, status, metrics."""
    file = pathlib.Path(folder) / "sweep.csv"
    if not file.is_file():
        raise FileNotFoundError(f"{folder} holds no sweep.csv; it is made by: snnvp sweep collect {folder}")
    return _pandas().read_csv(file)


def load_all(pattern):
    """Totals of all runs whose folders match a pattern, or of a list of folders: one row each."""
    folders = sorted(glob.glob(pattern)) if isinstance(pattern, str) else list(pattern)
    rows = {}
    for folder in folders:
        if (pathlib.Path(folder) / "report.json").is_file():
            run = Run(folder)
            rows[str(folder)] = {"scenario": run.name, "status": run.status, **run.totals}
    return _pandas().DataFrame.from_dict(rows, orient="index")
