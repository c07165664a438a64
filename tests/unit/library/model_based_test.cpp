// A library and a naive store under the same random operations are equal after each of them.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/library.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "base/file.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::HashEncoder;
using test::LibraryFolder;

// Of each distinct image, its paths and its vector.
using State = std::set<std::pair<std::set<std::string>, std::vector<float>>>;

State state_of(const Collection& collection) {
  State out;
  const RowMask live = collection.rows_matching({});
  EXPECT_EQ(live.count(), collection.vectors().live_rows());
  for (int64_t row = 0; row < collection.vectors().rows(); ++row) {
    if (!live.has(row)) continue;
    const VectorItem item = collection.items({{row}})[0];
    std::set<std::string> paths(item.copies.begin(), item.copies.end());
    paths.insert(item.id);
    std::vector<float> vector(HashEncoder::kDim);
    collection.vectors().copy_row(row, vector);
    out.emplace(std::move(paths), std::move(vector));
  }
  return out;
}

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(engine_); }

 private:
  std::mt19937_64 engine_;
};

// The operations, on the folder and in memory.
class Machine {
 public:
  explicit Machine(uint64_t seed) : random_(seed) {}

  void step() {
    switch (random_.below(16)) {
      case 0:
      case 1:
      case 2:
        write(new_name(), random_.below(8) == 0 ? "broken " + number() : "image " + number());
        break;
      case 3:
        if (const auto from = any()) write(new_name(), files_.at(*from));
        break;
      case 4:
        if (const auto name = any()) write(*name, "image " + number());
        break;
      case 5:
      case 6:
        if (const auto name = any()) rename(*name, new_name());
        break;
      case 7:
        rename_folder();
        break;
      case 8:
      case 9:
      case 10:
        if (const auto name = any()) remove(*name);
        break;
      case 11:
        if (const auto name = any()) swap_with_other(*name);
        break;
      case 12:
        compact_ = random_.below(2) == 0;
        break;
      case 13:
        migrate();
        break;
      case 14:
        crash();
        break;
      case 15:
        open_reader();
        break;
    }
    index();
    compare();
  }

 private:
  std::string number() { return std::to_string(random_.below(1000)); }
  std::string new_name() {
    return std::string(1, static_cast<char>('a' + random_.below(4))) + "/" +
           std::to_string(next_++) + ".jpg";
  }
  std::optional<std::string> any() {
    if (files_.empty()) return std::nullopt;
    auto at = files_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.below(files_.size())));
    return at->first;
  }

  void write(const std::string& name, const std::string& bytes) {
    folder_.write(name, bytes);
    files_[name] = bytes;
  }
  void rename(const std::string& from, const std::string& to) {
    test::fs::create_directories(folder_.image(to).parent_path());
    test::fs::rename(folder_.image(from), folder_.image(to));
    files_[to] = files_.at(from);
    files_.erase(from);
  }
  void remove(const std::string& name) {
    test::fs::remove(folder_.image(name));
    files_.erase(name);
  }
  void swap_with_other(const std::string& name) {
    const std::string other = *any();
    if (other == name) return;
    const std::string spare = new_name();
    rename(name, spare);
    rename(other, name);
    rename(spare, other);
  }
  void rename_folder() {
    const std::string from(1, static_cast<char>('a' + random_.below(4)));
    const std::string to = "moved" + std::to_string(next_++);
    if (!test::fs::exists(folder_.image(from))) return;
    test::fs::rename(folder_.image(from), folder_.image(to));
    std::map<std::string, std::string> renamed;
    for (const auto& [name, bytes] : files_)
      renamed[name.starts_with(from + "/") ? to + name.substr(from.size()) : name] = bytes;
    files_ = std::move(renamed);
  }

  // To the other model, side by side, then the former one is dropped.
  void migrate() {
    HashEncoder next(encoder_.info().name == "hash" ? "other" : "hash");
    library::Store store = folder_.store();
    const int64_t before = folder_.model(store, encoder_);
    const int64_t id = folder_.model(store, next);
    library::Indexer indexer(store, id, next, {4, true, {}});
    indexer.index(library::scan_without_vector(store, {{}, id, true, {}}));
    store.change().set_active_model(id);
    store.commit();
    store.remove_model(before);
    store.commit();
    encoder_ = std::move(next);
  }

  // An encoder that fails after some images: what was not committed is lost, nothing else.
  void crash() {
    for (int i = 0; i < 5; ++i) write(new_name(), "image " + number());
    HashEncoder failing(encoder_.info().name);
    failing.fail_after = static_cast<int>(random_.below(5));
    try {
      folder_.index(failing);
    } catch (const Error&) {
    }
  }

  // A reader shows the state of its opening for as long as its collection lives.
  void open_reader() {
    if (!test::fs::exists(folder_.library() / "catalogue.sqlite")) return;
    for (auto& [collection, state] : readers_) EXPECT_EQ(state_of(*collection), state);
    const size_t at = random_.below(2);
    if (readers_.size() < 2) readers_.resize(2, {nullptr, {}});
    readers_[at].first = Library(folder_.library()).collection();
    readers_[at].second = state_of(*readers_[at].first);
    std::erase_if(readers_, [](const auto& reader) { return reader.first == nullptr; });
  }

  void index() {
    library::Store store = folder_.store();
    folder_.index(store, encoder_, true);
    if (std::exchange(compact_, false)) store.compact(true);
    store.compact(false);
  }

  void compare() {
    std::map<std::string, std::set<std::string>> images;
    for (const auto& [name, bytes] : files_) {
      if (!bytes.starts_with("broken")) images[bytes].insert(folder_.image(name).string());
    }
    State expected;
    for (const auto& [bytes, paths] : images)
      expected.emplace(paths, HashEncoder::vector_of(encoder_.info().name, bytes));
    ASSERT_EQ(state_of(*Library(folder_.library()).collection()), expected);
    const LibraryCheck check = check_library(folder_.library(), true);
    ASSERT_TRUE(check.problems.empty()) << check.problems[0];
    ASSERT_TRUE(check.notes.empty()) << check.notes[0];
  }

  Random random_;
  LibraryFolder folder_;
  HashEncoder encoder_;
  std::map<std::string, std::string> files_;
  std::vector<std::pair<std::shared_ptr<const Collection>, State>> readers_;
  int next_ = 0;
  bool compact_ = false;
};

TEST(ModelBasedTest, EqualsANaiveStoreAfterEachOperation) {
  const char* wanted = std::getenv("SIGHTLINE_OPERATIONS");
  const int operations = wanted == nullptr ? 500 : std::atoi(wanted);
  const char* seed = std::getenv("SIGHTLINE_SEED");
  Machine machine(seed == nullptr ? 1 : static_cast<uint64_t>(std::atoll(seed)));
  for (int i = 0; i < operations && !testing::Test::HasFatalFailure(); ++i) {
    SCOPED_TRACE("operation " + std::to_string(i));
    machine.step();
  }
}

}  // namespace
}  // namespace sightline
