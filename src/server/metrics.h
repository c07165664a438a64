// Counters, gauges and histograms in the text format of Prometheus.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sightline::server {

// Names and values, such as {{"route", "/v1/search"}}. The order of names does not matter.
using Labels = std::vector<std::pair<std::string, std::string>>;

// A metric keeps at most so many sets of labels; further ones are counted together under the same
// names with the value "other".
inline constexpr size_t kMostLabelSets = 1000;

// The samples of one metric by their labels.
template <typename Sample>
class MetricFamily;
class CounterSample;
class GaugeSample;
class HistogramSample;

// All functions are thread-safe. They throw invalid_argument if a name of a label is not one of
// Prometheus, is given twice, or is "le" of a histogram.

// A sum that only grows.
class Counter {
 public:
  // A value below 0 is ignored.
  void add(const Labels& labels = {}, double value = 1);
  // Sets a sum that is kept elsewhere, unless it is below the present one.
  void raise_to(const Labels& labels, double value);

 private:
  friend class Metrics;
  explicit Counter(std::shared_ptr<MetricFamily<CounterSample>> family);
  std::shared_ptr<MetricFamily<CounterSample>> family_;
};

class Gauge {
 public:
  void set(const Labels& labels, double value);
  void set(double value) { set({}, value); }
  void add(const Labels& labels, double value);

 private:
  friend class Metrics;
  explicit Gauge(std::shared_ptr<MetricFamily<GaugeSample>> family);
  std::shared_ptr<MetricFamily<GaugeSample>> family_;
};

class Histogram {
 public:
  void observe(const Labels& labels, double value);
  void observe(double value) { observe({}, value); }

 private:
  friend class Metrics;
  explicit Histogram(std::shared_ptr<MetricFamily<HistogramSample>> family);
  std::shared_ptr<MetricFamily<HistogramSample>> family_;
};

// Thread-safe. The objects that it returns may be kept and copied, and share their samples.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Return the metric of this name, and make it at the first call. `help`: one line. Throw
  // invalid_argument if the name is not one of Prometheus, or is that of another type of metric.
  Counter counter(const std::string& name, const std::string& help);
  Gauge gauge(const std::string& name, const std::string& help);
  // `bounds`: upper bounds of the buckets, ascending, without infinity; used at the first call.
  Histogram histogram(const std::string& name, const std::string& help,
                      const std::vector<double>& bounds);

  // Returns all metrics in the text format 0.0.4, content type kMetricsType, by name.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// Upper bounds for durations in seconds, from 0.5 ms to 30 s.
const std::vector<double>& duration_bounds();

}  // namespace sightline::server
