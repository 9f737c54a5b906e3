// Medians and quantiles of measured values. Pure.
#pragma once

#include <vector>

namespace hq::bench {

// The middle value, or the mean of the two middle ones; 0 of nothing.
double Median(std::vector<double> values);

// The smallest value that is not less than the fraction `quantile` of all (nearest rank); 0 of
// nothing. `quantile` is above 0 and at most 1.
double Quantile(std::vector<double> values, double quantile);

// How far the second value is from the first, as a fraction of the first: 0.2 for 100 and 120 or
// 80. 0 if the first is 0.
double Drift(double before, double after);

}  // namespace hq::bench
