#include "server/metrics.h"

#include <sightline/error.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <variant>

#include "base/text.h"
#include "base/utf8.h"

namespace sightline::server {

// The text format: Prometheus, docs/instrumenting/exposition_formats.md, version 0.0.4.
namespace {

bool is_name(std::string_view name, std::string_view further) {
  const auto is_part = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           further.find(c) != further.npos;
  };
  const bool digits = !name.empty() && name[0] >= '0' && name[0] <= '9';
  return !name.empty() && !digits &&
         std::ranges::all_of(name, [&](char c) { return is_part(c) || (c >= '0' && c <= '9'); });
}

// Appends a text with escapes; bytes that are not UTF-8 become U+FFFD.
void append_escaped(std::string_view text, bool quotes, std::string& out) {
  for (size_t at = 0; at < text.size();) {
    const Utf8Sequence next = read_utf8(text, at);
    at += next.bytes;
    if (next.code_point == '\n') {
      out += "\\n";
    } else if (next.code_point == '\\') {
      out += "\\\\";
    } else if (quotes && next.code_point == '"') {
      out += "\\\"";
    } else {
      append_utf8(next.code_point, out);
    }
  }
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// Appends one line. `bound`: of the label "le"; empty: none.
void append_sample(const std::string& name, const Labels& labels, const std::string& bound,
                   const std::string& value, std::string& out) {
  out += name;
  const char* before = "{";
  for (const auto& [label, text] : labels) {
    out += before + label + "=\"";
    append_escaped(text, true, out);
    out += '"';
    before = ",";
  }
  if (!bound.empty()) out += std::string(before) + "le=\"" + bound + "\"";
  if (!labels.empty() || !bound.empty()) out += '}';
  out += " " + value + "\n";
}

}  // namespace

class CounterSample {
 public:
  static constexpr std::string_view kType = "counter";
  explicit CounterSample(std::span<const double>) {}

  void add(double value) { value_.fetch_add(value, std::memory_order_relaxed); }
  void raise_to(double value) {
    double known = value_.load(std::memory_order_relaxed);
    while (known < value && !value_.compare_exchange_weak(known, value)) {
    }
  }
  void append(const std::string& name, const Labels& labels, std::string& out) const {
    append_sample(name, labels, "", number_text(value_.load(std::memory_order_relaxed)), out);
  }

 private:
  std::atomic<double> value_ = 0;
};

class GaugeSample {
 public:
  static constexpr std::string_view kType = "gauge";
  explicit GaugeSample(std::span<const double>) {}

  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double value) { value_.fetch_add(value, std::memory_order_relaxed); }
  void append(const std::string& name, const Labels& labels, std::string& out) const {
    append_sample(name, labels, "", number_text(value_.load(std::memory_order_relaxed)), out);
  }

 private:
  std::atomic<double> value_ = 0;
};

class HistogramSample {
 public:
  static constexpr std::string_view kType = "histogram";
  explicit HistogramSample(std::span<const double> bounds)
      : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {}

  void observe(double value) {
    // NaN is in the last bucket.
    const auto bucket =
        std::isnan(value) ? bounds_.end() : std::ranges::lower_bound(bounds_, value);
    counts_[static_cast<size_t>(bucket - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  void append(const std::string& name, const Labels& labels, std::string& out) const {
    uint64_t count = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      count += counts_[i].load(std::memory_order_relaxed);
      const std::string bound = i < bounds_.size() ? number_text(bounds_[i]) : "+Inf";
      append_sample(name + "_bucket", labels, bound, std::to_string(count), out);
    }
    append_sample(name + "_sum", labels, "", number_text(sum_.load(std::memory_order_relaxed)),
                  out);
    append_sample(name + "_count", labels, "", std::to_string(count), out);
  }

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<uint64_t>> counts_;  // by bucket, not cumulative
  std::atomic<double> sum_ = 0;
};

template <typename Sample>
class MetricFamily {
 public:
  MetricFamily(std::string name, std::string help, std::vector<double> bounds)
      : name_(std::move(name)), help_(std::move(help)), bounds_(std::move(bounds)) {}

  Sample& sample(const Labels& labels) {
    if (std::ranges::is_sorted(labels)) return find_or_add(labels);
    Labels sorted = labels;
    std::ranges::sort(sorted);
    return find_or_add(sorted);
  }

  void append(std::string& out) const {
    out += "# HELP " + name_ + " ";
    append_escaped(help_, false, out);
    out += "\n# TYPE " + name_ + " ";
    out += std::string(Sample::kType) + "\n";
    const std::shared_lock lock(mutex_);
    for (const auto& [labels, sample] : samples_) sample->append(name_, labels, out);
  }

 private:
  Sample& find_or_add(const Labels& labels) {
    {
      const std::shared_lock lock(mutex_);
      const auto found = samples_.find(labels);
      if (found != samples_.end()) return *found->second;
    }
    check(labels);
    const std::lock_guard lock(mutex_);
    if (samples_.size() < kMostLabelSets || samples_.contains(labels)) return add(labels);
    Labels other = labels;
    for (auto& [name, value] : other) value = "other";
    return add(other);
  }

  Sample& add(const Labels& labels) {
    std::unique_ptr<Sample>& sample = samples_[labels];
    if (!sample) sample = std::make_unique<Sample>(bounds_);
    return *sample;
  }

  void check(const Labels& labels) const {
    for (size_t i = 0; i < labels.size(); ++i) {
      const std::string& name = labels[i].first;
      const bool reserved =
          name.starts_with("__") || (name == "le" && Sample::kType == HistogramSample::kType);
      const bool twice = i > 0 && labels[i - 1].first == name;
      if (!is_name(name, "") || reserved || twice)
        throw Error(ErrorCode::invalid_argument, "the metric ", name_, " cannot have the label '",
                    printable(name), "'", twice ? " twice" : "");
    }
  }

  std::string name_, help_;
  std::vector<double> bounds_;
  mutable std::shared_mutex mutex_;  // of the map; samples are atomic and stay
  std::map<Labels, std::unique_ptr<Sample>> samples_;
};

Counter::Counter(std::shared_ptr<MetricFamily<CounterSample>> family)
    : family_(std::move(family)) {}
void Counter::add(const Labels& labels, double value) {
  if (value >= 0) family_->sample(labels).add(value);
}

void Counter::raise_to(const Labels& labels, double value) {
  family_->sample(labels).raise_to(value);
}

Gauge::Gauge(std::shared_ptr<MetricFamily<GaugeSample>> family) : family_(std::move(family)) {}
void Gauge::set(const Labels& labels, double value) {
  family_->sample(labels).set(value);
}
void Gauge::add(const Labels& labels, double value) {
  family_->sample(labels).add(value);
}

Histogram::Histogram(std::shared_ptr<MetricFamily<HistogramSample>> family)
    : family_(std::move(family)) {}
void Histogram::observe(const Labels& labels, double value) {
  family_->sample(labels).observe(value);
}

struct Metrics::Impl {
  template <typename Sample>
  using Family = std::shared_ptr<MetricFamily<Sample>>;
  using Any = std::variant<Family<CounterSample>, Family<GaugeSample>, Family<HistogramSample>>;

  template <typename Sample>
  Family<Sample> family(const std::string& name, const std::string& help,
                        const std::vector<double>& bounds = {}) {
    if (!is_name(name, ":"))
      throw Error(ErrorCode::invalid_argument, "'", printable(name), "' is not a name of a metric");
    const std::lock_guard lock(mutex);
    auto found = families.find(name);
    if (found == families.end()) {
      found =
          families.emplace(name, std::make_shared<MetricFamily<Sample>>(name, help, bounds)).first;
    }
    if (const auto* own = std::get_if<Family<Sample>>(&found->second)) return *own;
    throw Error(ErrorCode::invalid_argument, "the metric ", name, " is not a ", Sample::kType);
  }

  mutable std::mutex mutex;
  std::map<std::string, Any> families;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help) {
  return Counter(impl_->family<CounterSample>(name, help));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help) {
  return Gauge(impl_->family<GaugeSample>(name, help));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help,
                             const std::vector<double>& bounds) {
  const bool finite = std::ranges::all_of(bounds, [](double x) { return std::isfinite(x); });
  if (!finite || std::ranges::adjacent_find(bounds, std::greater_equal()) != bounds.end())
    throw Error(ErrorCode::invalid_argument, "the bounds of the metric ", name,
                " are not finite and ascending");
  return Histogram(impl_->family<HistogramSample>(name, help, bounds));
}

std::string Metrics::text() const {
  std::string out;
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [name, any] : impl_->families)
    std::visit([&](const auto& family) { family->append(out); }, any);
  return out;
}

const std::vector<double>& duration_bounds() {
  static const std::vector<double> bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                             0.25,   0.5,   1,      2.5,   5,    10,    30};
  return bounds;
}

}  // namespace sightline::server
