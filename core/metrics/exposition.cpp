// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace landfall::metrics {
namespace {

prometheus::ClientMetric seriesOf(const Labels& labels) {
  prometheus::ClientMetric series;
  for (const auto& [name, value] : labels) series.label.push_back({std::string(name), value});
  return series;
}

}  // namespace

struct Exposition::Families {
  std::vector<prometheus::MetricFamily> all;

  void begin(std::string name, std::string help, prometheus::MetricType type) {
    all.push_back({std::move(name), std::move(help), type, {}});
  }
};

Exposition::Exposition() : families_(std::make_unique<Families>()) {}
Exposition::~Exposition() = default;

void Exposition::counters(std::string name, std::string help) {
  families_->begin(std::move(name), std::move(help), prometheus::MetricType::Counter);
}

void Exposition::gauges(std::string name, std::string help) {
  families_->begin(std::move(name), std::move(help), prometheus::MetricType::Gauge);
}

void Exposition::histograms(std::string name, std::string help) {
  families_->begin(std::move(name), std::move(help), prometheus::MetricType::Histogram);
}

void Exposition::value(double value, const Labels& labels) {
  prometheus::MetricFamily& family = families_->all.back();
  prometheus::ClientMetric series = seriesOf(labels);
  if (family.type == prometheus::MetricType::Counter) {
    series.counter.value = value;
  } else {
    series.gauge.value = value;
  }
  family.metric.push_back(std::move(series));
}

void Exposition::distribution(const Histogram& histogram, double unit, const Labels& labels) {
  const Histogram::Reading reading = histogram.read();
  prometheus::ClientMetric series = seriesOf(labels);
  series.histogram.sample_count = reading.count;
  series.histogram.sample_sum = static_cast<double>(reading.sum) * unit;
  for (std::size_t at = 0; at < reading.bounds.size(); ++at) {
    series.histogram.bucket.push_back({reading.cumulative[at], static_cast<double>(reading.bounds[at]) * unit});
  }
  families_->all.back().metric.push_back(std::move(series));
}

void Exposition::counter(std::string name, std::string help, std::optional<double> one) {
  if (!one) return;
  counters(std::move(name), std::move(help));
  value(*one);
}

void Exposition::gauge(std::string name, std::string help, std::optional<double> one) {
  if (!one) return;
  gauges(std::move(name), std::move(help));
  value(*one);
}

std::string Exposition::text() const { return prometheus::TextSerializer().Serialize(families_->all); }

double unixSeconds(base::UtcTime at) { return static_cast<double>(at.time_since_epoch().count()) / 1000; }

}  // namespace landfall::metrics
