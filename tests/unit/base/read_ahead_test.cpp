#include "base/read_ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

namespace sightline {
namespace {

using Strings = ReadAhead<std::string>;

size_t size_of(const std::string& text) {
  return text.size();
}

// Waits until `value` is at least `wanted`, for at most two seconds.
bool reaches(const std::atomic<int>& value, int wanted) {
  for (int i = 0; i < 2000 && value < wanted; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return value >= wanted;
}

TEST(ReadAhead, KeepsTheOrder) {
  int made = 0;
  Strings strings(
      [&]() -> std::optional<std::string> {
        if (made == 1000) return std::nullopt;
        return std::to_string(made++);
      },
      size_of, 7, 20);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(strings.next(), std::to_string(i));
  EXPECT_EQ(strings.next(), std::nullopt);
  EXPECT_EQ(strings.next(), std::nullopt);
}

TEST(ReadAhead, StopsAtTheItemLimit) {
  std::atomic<int> read{0};
  Strings strings(
      [&]() -> std::optional<std::string> {
        ++read;
        return std::string(10, 'x');
      },
      size_of, 5, 1000);
  EXPECT_TRUE(reaches(read, 5));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(read, 5);
  strings.next();
  EXPECT_TRUE(reaches(read, 6));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(read, 6);
}

TEST(ReadAhead, StopsAtTheByteLimit) {
  std::atomic<int> read{0};
  Strings strings(
      [&]() -> std::optional<std::string> {
        ++read;
        return std::string(10, 'x');
      },
      size_of, 1000, 25);
  EXPECT_TRUE(reaches(read, 3));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(read, 3);
}

TEST(ReadAhead, QueuesOneItemLargerThanTheLimit) {
  std::atomic<int> read{0};
  Strings strings(
      [&]() -> std::optional<std::string> {
        ++read;
        return std::string(100, 'x');
      },
      size_of, 10, 20);
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(strings.next()->size(), 100u);
    EXPECT_LE(read, i + 1);
  }
}

TEST(ReadAhead, RethrowsAfterTheItemsBeforeTheException) {
  int made = 0;
  Strings strings(
      [&]() -> std::optional<std::string> {
        if (made == 3) throw std::runtime_error("the disk is gone");
        return std::to_string(made++);
      },
      size_of, 10, 1000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(strings.next(), std::to_string(i));
  EXPECT_THROW(strings.next(), std::runtime_error);
  EXPECT_THROW(strings.next(), std::runtime_error);
}

TEST(ReadAhead, CanBeDestroyedBeforeTheEnd) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> read{0};
    Strings strings(
        [&]() -> std::optional<std::string> {
          ++read;
          return "abc";
        },
        size_of, 4, 100);
    if (round % 2 == 0) strings.next();
  }
}

}  // namespace
}  // namespace sightline
