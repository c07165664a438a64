#include "server/batcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <future>
#include <latch>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

namespace sightline::server {
namespace {

using std::chrono::milliseconds;

// Not copyable, as jobs that answer a client are.
struct Job {
  std::string key;
  int number = 0;
  std::unique_ptr<int> owned = std::make_unique<int>(0);
};

Job job(std::string key, int number) {
  return {std::move(key), number};
}

using Batches = std::vector<std::vector<int>>;

// One worker that starts with the second batch when it is told to.
class BatcherTest : public testing::Test {
 protected:
  BatcherTest() {
    options_.capacity = 10;
    options_.max_batch = 3;
    options_.now = [this] { return BatchClock::time_point(milliseconds(now_ms_.load())); };
    options_.run = [this](std::vector<Job> jobs) {
      if (jobs[0].key == "block") {
        blocked_.count_down();
        go_.wait();
        return;
      }
      std::vector<int>& numbers = batches_.emplace_back();
      for (const Job& one : jobs) {
        EXPECT_EQ(one.key, jobs[0].key);
        numbers.push_back(one.number);
      }
    };
    options_.expired = [this](Job one) { expired_.push_back(one.number); };
    options_.statistics = [this](std::span<const double> wait_s) {
      waits_.emplace_back(wait_s.begin(), wait_s.end());
    };
  }

  // The worker is busy until go() is called.
  std::unique_ptr<Batcher<Job>> start() {
    auto batcher = std::make_unique<Batcher<Job>>(options_);
    EXPECT_TRUE(batcher->add(job("block", 0)));
    blocked_.wait();
    return batcher;
  }
  void go() { go_.count_down(); }

  BatcherOptions<Job> options_;
  std::latch blocked_{1}, go_{1};
  std::atomic<int64_t> now_ms_ = 1000;
  Batches batches_;           // by the worker; read after stop()
  std::vector<int> expired_;  // likewise
  std::vector<std::vector<double>> waits_;
};

TEST_F(BatcherTest, JobsOfOneKeyAreRunTogetherOldestFirst) {
  const auto batcher = start();
  int number = 0;
  for (const char* key : {"a", "b", "a", "c", "a", "a", "b"})
    EXPECT_TRUE(batcher->add(job(key, ++number)));
  EXPECT_EQ(batcher->length(), 7u);
  go();
  batcher->stop();
  EXPECT_EQ(batches_, (Batches{{1, 3, 5}, {2, 7}, {4}, {6}}));
  EXPECT_EQ(batcher->length(), 0u);
}

TEST_F(BatcherTest, TheQueueIsBounded) {
  const auto batcher = start();
  for (int i = 1; i <= 10; ++i) EXPECT_TRUE(batcher->add(job("a", i)));
  Job more = job("a", 11);
  EXPECT_FALSE(batcher->add(std::move(more)));
  EXPECT_NE(more.owned, nullptr);  // the caller still has it
  go();
  batcher->stop();
  EXPECT_EQ(batches_, (Batches{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10}}));
  EXPECT_FALSE(batcher->add(job("a", 12)));
}

TEST_F(BatcherTest, JobsThatWaitedTooLongAreNotRun) {
  options_.max_wait = milliseconds(100);
  const auto batcher = start();
  batcher->add(job("a", 1));
  now_ms_ += 60;
  batcher->add(job("b", 2));
  now_ms_ += 40;
  batcher->add(job("a", 3));
  now_ms_ += 60;  // 1 has waited 160 ms, 2 exactly 100 ms, 3 60 ms
  go();
  batcher->stop();
  EXPECT_EQ(expired_, std::vector<int>{1});
  EXPECT_EQ(batches_, (Batches{{2}, {3}}));
}

TEST_F(BatcherTest, StatisticsHaveTheTimesOfWaiting) {
  const auto batcher = start();
  batcher->add(job("a", 1));
  now_ms_ += 250;
  batcher->add(job("a", 2));
  now_ms_ += 500;
  go();
  batcher->stop();
  ASSERT_EQ(waits_.size(), 2u);
  EXPECT_EQ(waits_[0].size(), 1u);  // of the job that blocks
  ASSERT_EQ(waits_[1].size(), 2u);
  EXPECT_DOUBLE_EQ(waits_[1][0], 0.75);
  EXPECT_DOUBLE_EQ(waits_[1][1], 0.5);
}

TEST_F(BatcherTest, AnExceptionDoesNotEndTheWorker) {
  std::vector<std::string> messages;
  options_.failed = [&](std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& caught) {
      messages.emplace_back(caught.what());
    }
  };
  const auto run = options_.run;
  options_.run = [&](std::vector<Job> jobs) {
    if (jobs[0].key == "bad") throw std::runtime_error("of a bad job");
    run(std::move(jobs));
  };
  const auto batcher = start();
  batcher->add(job("bad", 1));
  batcher->add(job("a", 2));
  go();
  batcher->stop();
  EXPECT_EQ(messages, std::vector<std::string>{"of a bad job"});
  EXPECT_EQ(batches_, (Batches{{2}}));
}

TEST_F(BatcherTest, StopWaitsForJobsInProgress) {
  const auto batcher = start();
  batcher->add(job("a", 1));
  std::promise<void> stopping;
  auto stopped = std::async(std::launch::async, [&] {
    stopping.set_value();
    batcher->stop();
    return batches_.size();
  });
  stopping.get_future().wait();
  go();
  EXPECT_EQ(stopped.get(), 1u);
  batcher->stop();  // a second time does nothing
}

TEST(Batcher, WorkersRunAtTheSameTime) {
  constexpr int kWorkers = 3;
  std::barrier all(kWorkers);  // ends only if all workers are here
  std::atomic<int> done = 0;
  Batcher<Job> batcher({.workers = kWorkers,
                        .max_batch = 1,
                        .run =
                            [&](std::vector<Job>) {
                              all.arrive_and_wait();
                              ++done;
                            },
                        .expired = {}});
  for (int i = 0; i < kWorkers; ++i) EXPECT_TRUE(batcher.add(job("a", i)));
  batcher.stop();
  EXPECT_EQ(done, kWorkers);
}

TEST(Batcher, EveryAcceptedJobIsRunOnce) {
  constexpr int kThreads = 4, kJobs = 500;
  std::mutex mutex;
  std::multiset<int> seen;
  std::atomic<int> accepted = 0;
  {
    Batcher<Job> batcher({.workers = 2,
                          .capacity = 64,
                          .max_batch = 8,
                          .run =
                              [&](std::vector<Job> jobs) {
                                EXPECT_LE(jobs.size(), 8u);
                                const std::lock_guard lock(mutex);
                                for (const Job& one : jobs) seen.insert(one.number);
                              },
                          .expired = {}});
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kJobs; ++i) {
          if (batcher.add(job(std::to_string(i % 3), t * kJobs + i))) ++accepted;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }  // the destructor stops it
  EXPECT_EQ(static_cast<int>(seen.size()), accepted);
  EXPECT_EQ(std::set<int>(seen.begin(), seen.end()).size(), seen.size());
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace sightline::server
