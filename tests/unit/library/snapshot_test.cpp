// The two connections of a snapshot.
#include "library/snapshot.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "unit/library/library_folder.h"

namespace sightline::library {
namespace {

using test::HashEncoder;
using test::LibraryFolder;

void add_file(Store& store, int64_t model, int number) {
  const std::string name = std::to_string(number);
  ContentRecord content;
  content.sha256 = Sha256().update(name).digest();
  ItemRecord item;
  item.content = store.change().add_content(content);
  store.add_vector(model, item.content, HashEncoder::vector_of("hash", name));
  item.path = "/photos/" + name + ".jpg";
  store.change().put_item(item);
  store.commit();
}

int64_t last_item(Catalogue& catalogue) {
  return catalogue.database().integer("SELECT max(id) FROM items");
}

TEST(Snapshot, ConnectionsSeeOneState) {
  const LibraryFolder folder;
  HashEncoder encoder;
  Store store = folder.store();
  const int64_t model = folder.model(store, encoder);
  add_file(store, model, 0);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 1; i <= 100; ++i) add_file(store, model, i);
    done = true;
  });
  std::set<int64_t> states;
  while (!done) {
    const Snapshot snapshot(folder.library(), "");
    const int64_t items = snapshot.with_catalogue(last_item);
    EXPECT_EQ(snapshot.with_catalogue_for_passes(last_item), items);
    states.insert(items);
  }
  writer.join();
  EXPECT_GT(states.size(), 3u);
}

TEST(Snapshot, PassesDoNotDelayReads) {
  const LibraryFolder folder;
  HashEncoder encoder;
  Store store = folder.store();
  add_file(store, folder.model(store, encoder), 0);
  const Snapshot snapshot(folder.library(), "");
  std::latch begun(1), read(1);
  std::thread pass([&] {
    snapshot.with_catalogue_for_passes([&](Catalogue&) {
      begun.count_down();
      read.wait();
    });
  });
  begun.wait();
  EXPECT_EQ(snapshot.with_catalogue(last_item), 1);
  read.count_down();
  pass.join();
}

}  // namespace
}  // namespace sightline::library
