// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/metrics/histogram.h"

namespace landfall::metrics {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// Builds one answer to Prometheus, in its text format: a family by name, then its series, then the next family.
class Exposition {
 public:
  Exposition();
  ~Exposition();
  Exposition(const Exposition&) = delete;
  Exposition& operator=(const Exposition&) = delete;

  // What follows belongs to the family that was begun last.
  void counters(std::string name, std::string help);
  void gauges(std::string name, std::string help);
  void histograms(std::string name, std::string help);

  /// A counter's or a gauge's.
  void value(double value, const Labels& labels = {});
  /// `unit`: what one whole number of the histogram is, in the family's unit (1e-9 for nanoseconds).
  void distribution(const Histogram& histogram, double unit, const Labels& labels = {});

  /// A family of one value; left out when there is none.
  void counter(std::string name, std::string help, std::optional<double> value);
  void gauge(std::string name, std::string help, std::optional<double> value);

  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

/// Since 1970.
double unixSeconds(base::UtcTime at);

}  // namespace landfall::metrics
