"""Statistical tests of lazy arrays, as in `scipy.stats`; p-values need scipy."""

from minidask.array.stats.frequencies import chisquare, power_divergence
from minidask.array.stats.means import f_oneway, ttest_1samp, ttest_ind, ttest_rel
from minidask.array.stats.samples import Tested
from minidask.array.stats.shapes import kurtosis, kurtosistest, moment, normaltest, skew, skewtest

__all__ = [
    "Tested",
    "chisquare",
    "f_oneway",
    "kurtosis",
    "kurtosistest",
    "moment",
    "normaltest",
    "power_divergence",
    "skew",
    "skewtest",
    "ttest_1samp",
    "ttest_ind",
    "ttest_rel",
]
