#include "server/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "expect_error.h"

namespace sightline::server {
namespace {

TEST(Metrics, AreWrittenInTheTextFormat) {
  Metrics metrics;
  Counter requests = metrics.counter("sightline_http_requests_total", "HTTP requests");
  requests.add({{"route", "/v1/search"}, {"method", "GET"}, {"status", "200"}}, 2);
  requests.add({{"method", "GET"}, {"status", "200"}, {"route", "/v1/search"}});
  requests.add({{"route", "/"}, {"method", "GET"}, {"status", "404"}});
  metrics.gauge("sightline_queue_length", "Requests that wait").set(7);
  Histogram seconds = metrics.histogram("sightline_request_seconds", "Time per stage", {0.1, 1});
  for (const double value : {0.05, 0.1, 0.5, 7.0}) seconds.observe({{"stage", "encode"}}, value);
  EXPECT_EQ(metrics.text(),
            "# HELP sightline_http_requests_total HTTP requests\n"
            "# TYPE sightline_http_requests_total counter\n"
            "sightline_http_requests_total{method=\"GET\",route=\"/\",status=\"404\"} 1\n"
            "sightline_http_requests_total{method=\"GET\",route=\"/v1/search\",status=\"200\"} 3\n"
            "# HELP sightline_queue_length Requests that wait\n"
            "# TYPE sightline_queue_length gauge\n"
            "sightline_queue_length 7\n"
            "# HELP sightline_request_seconds Time per stage\n"
            "# TYPE sightline_request_seconds histogram\n"
            "sightline_request_seconds_bucket{stage=\"encode\",le=\"0.1\"} 2\n"
            "sightline_request_seconds_bucket{stage=\"encode\",le=\"1\"} 3\n"
            "sightline_request_seconds_bucket{stage=\"encode\",le=\"+Inf\"} 4\n"
            "sightline_request_seconds_sum{stage=\"encode\"} 7.65\n"
            "sightline_request_seconds_count{stage=\"encode\"} 4\n");
}

TEST(Metrics, EscapeTexts) {
  Metrics metrics;
  metrics.counter("a_total", "line\nback\\slash \"quoted\"")
      .add({{"value", "line\nback\\slash \"quoted\" \xFF é"}});
  EXPECT_EQ(metrics.text(),
            "# HELP a_total line\\nback\\\\slash \"quoted\"\n"
            "# TYPE a_total counter\n"
            "a_total{value=\"line\\nback\\\\slash \\\"quoted\\\" \xEF\xBF\xBD é\"} 1\n");
}

TEST(Metrics, WriteNumbersThatAreNotFinite) {
  Metrics metrics;
  metrics.gauge("a", "a").set(std::numeric_limits<double>::infinity());
  metrics.gauge("b", "b").set(-std::numeric_limits<double>::infinity());
  metrics.gauge("c", "c").set(std::nan(""));
  metrics.gauge("d", "d").set(1e300);
  for (const char* line : {"\na +Inf\n", "\nb -Inf\n", "\nc NaN\n", "\nd 1e+300\n"})
    EXPECT_NE(metrics.text().find(line), std::string::npos) << line;
}

TEST(Metrics, CountersOnlyGrow) {
  Metrics metrics;
  Counter counter = metrics.counter("a_total", "a");
  counter.add({}, 2.5);
  counter.add({}, -1);
  counter.add({}, std::nan(""));
  EXPECT_NE(metrics.text().find("a_total 2.5\n"), std::string::npos);
}

TEST(Metrics, CountersFollowSumsThatAreKeptElsewhere) {
  Metrics metrics;
  Counter counter = metrics.counter("a_total", "a");
  counter.raise_to({}, 0);
  EXPECT_NE(metrics.text().find("a_total 0\n"), std::string::npos);
  for (const double sum : {7.0, 5.0, std::nan("")}) counter.raise_to({}, sum);
  EXPECT_NE(metrics.text().find("a_total 7\n"), std::string::npos);
}

TEST(Metrics, GaugesGoUpAndDown) {
  Metrics metrics;
  Gauge gauge = metrics.gauge("a", "a");
  gauge.add({}, 3);
  metrics.gauge("a", "").add({}, -1);  // the same metric
  EXPECT_NE(metrics.text().find("a 2\n"), std::string::npos);
}

TEST(Metrics, RefuseNamesThatAreNoneOfPrometheus) {
  Metrics metrics;
  const auto refused = [](const std::function<void()>& call) {
    test::expect_error(ErrorCode::invalid_argument, "", call);
  };
  for (const char* name : {"", "1a", "a b", "a-b", "é", "a{"})
    refused([&] { metrics.counter(name, ""); });
  for (const char* label : {"", "1a", "a:b", "__a", "a\"b"})
    refused([&] { metrics.counter("a_total", "").add({{label, "x"}}); });
  refused([&] { metrics.counter("a_total", "").add({{"b", "x"}, {"b", "y"}}); });
  refused([&] { metrics.histogram("h", "", {1}).observe({{"le", "x"}}, 1); });
  refused([&] { metrics.histogram("g", "", {1, 1}); });
  refused([&] { metrics.histogram("g", "", {std::numeric_limits<double>::infinity()}); });
  refused([&] { metrics.gauge("a_total", ""); });
  EXPECT_EQ(metrics.text().find("{"), std::string::npos);
}

TEST(Metrics, BoundTheSetsOfLabels) {
  Metrics metrics;
  Counter counter = metrics.counter("a_total", "a");
  for (size_t i = 0; i < kMostLabelSets + 50; ++i)
    counter.add({{"path", std::to_string(i)}, {"x", "y"}});
  counter.add({{"path", "0"}, {"x", "y"}});
  const std::string text = metrics.text();
  EXPECT_EQ(std::ranges::count(text, '\n'), static_cast<std::ptrdiff_t>(kMostLabelSets + 3));
  EXPECT_NE(text.find("a_total{path=\"other\",x=\"other\"} 50\n"), std::string::npos);
  EXPECT_NE(text.find("a_total{path=\"0\",x=\"y\"} 2\n"), std::string::npos);
}

TEST(Metrics, ThreadsLoseNoCounts) {
  Metrics metrics;
  constexpr int kThreads = 4, kTimes = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTimes; ++i) {
        metrics.counter("a_total", "a").add({{"n", std::to_string((i + t) % 7)}});
        metrics.histogram("h", "h", {1, 2}).observe(i % 3);
        if (i % 100 == 0) (void)metrics.text();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = metrics.text();
  EXPECT_NE(text.find("h_count 8000\n"), std::string::npos) << text;
  int64_t sum = 0;
  for (size_t at = text.find("\"} "); at != std::string::npos && at < text.find("# HELP h");
       at = text.find("\"} ", at + 1))
    sum += std::stoll(text.substr(at + 3));
  EXPECT_EQ(sum, kThreads * kTimes);
}

}  // namespace
}  // namespace sightline::server
