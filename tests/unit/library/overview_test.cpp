// Facets, timeline and places of a library equal counting by hand.
#include <sightline/library_overview.h>

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "expect_error.h"
#include "library/rows/item_of_record.h"
#include "search/filter/civil_date.h"
#include "search/filter/filter_matcher.h"
#include "search/filter/text_match.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::HashEncoder;
using test::LibraryFolder;

constexpr int kItems = 500, kImages = 400;  // some items are copies
constexpr int kEverything = 1 << 30;

class OverviewTest : public testing::Test {
 protected:
  OverviewTest() : random_(7) {
    library::Store store = folder_.store();
    const int64_t model = folder_.model(store, encoder_);
    const int64_t dataset = store.change().add_source({0, "dataset", "/data/birds", "{}"});
    store.change().add_root("/home/me/Pictures", "{}");
    store.change().add_root("/mnt/Scans", "{}");
    for (int i = 0; i < kItems; ++i) {
      const std::string name = std::to_string(i % kImages);
      library::ItemRecord item = pick(4) == 0 ? row(dataset, i) : file(i);
      item.content = content(store, model, name);
      item.id = store.change().put_item(item);
      items_.push_back(std::move(item));
    }
    // Neither an unreadable file nor an image without a vector is counted.
    library::ItemRecord unreadable = file(kItems);
    store.change().put_item(unreadable);
    library::ItemRecord without_vector = file(kItems + 1);
    without_vector.content = store.change().add_content({});
    store.change().put_item(without_vector);
    store.commit();
    library_ = std::make_unique<Library>(folder_.library());
    collection_ = library_->collection();
    sources_ = {{dataset, "birds", {}}};
  }

  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  template <typename T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + pick(static_cast<int>(values.size())));
  }

  static int64_t content(library::Store& store, int64_t model, const std::string& name) {
    library::ContentRecord record;
    record.sha256 = Sha256().update(name).digest();
    record.id = store.change().find_content(*record.sha256);
    if (record.id != 0) return record.id;
    record.id = store.change().add_content(record);
    store.add_vector(model, record.id, HashEncoder::vector_of("hash", name));
    return record.id;
  }

  library::ItemRecord row(int64_t dataset, int i) {
    library::ItemRecord out;
    out.source = dataset;
    out.path = one_of<std::string>({"owls/", "owls/snowy/", "ducks/"}) + std::to_string(i);
    if (pick(2) == 0) {
      out.about.fields = {{"date", "2018-0" + std::to_string(1 + pick(9))},
                          {"camera", one_of<std::string>({"Trap 1", "Canon EOS 5D"})},
                          {"rating", std::to_string(pick(6))},
                          {"tags", "bird; snow;wing"},
                          {"latitude", "59.3"},
                          {"longitude", "18.1"}};
    }
    return out;
  }

  library::ItemRecord file(int i) {
    library::ItemRecord out;
    out.path = one_of<std::string>({"/home/me/Pictures/photos/2019/summer/",
                                    "/home/me/Pictures/photos/2020/", "/home/me/Pictures/photos/",
                                    "/mnt/Scans/a\xFF b/1/", "/elsewhere/Été/"}) +
               "IMG_" + std::to_string(i) + ".jpg";
    library::ItemDescription& about = out.about;
    if (pick(3) > 0) about.taken = 1561939200 + 86400 * 10 * pick(60);
    about.camera = one_of<std::string>({"", "Canon EOS 5D", "NIKON D750", "Café-Kamera"});
    about.lens = one_of<std::string>({"", "EF 50mm", "ef 50mm", "EF 24-70mm"});
    if (pick(2) == 0) {
      about.latitude = one_of({-90.0, 90.0, 52.51, 52.49, 0.0});
      about.longitude = one_of({-180.0, 180.0, 13.4, -0.1});
    }
    if (pick(2) == 0) about.rating = pick(7) - 1;
    for (const char* tag : {"snow", "Familie", "été", "a \"b\" \\ ,c"}) {
      if (pick(3) == 0) about.tags.emplace_back(tag);
    }
    return out;
  }

  VectorItem item(const library::ItemRecord& record) const {
    return library::item_of_record(record, sources_);
  }

  std::vector<Filter> filters() const {
    std::vector<Filter> out = {{}};
    for (const char* text :
         {"tag:snow", "-camera:canon", "in:2019", "rating:>=3", "date:2019 -tag:été",
          "box:50,10,60,20", "camera:none", "in:birds", "lens:50mm in:photos"}) {
      out.push_back(parse_query(text).filter);
    }
    return out;
  }

  // The items that meet a filter.
  std::vector<library::ItemRecord> meeting(const Filter& filter) const {
    std::vector<library::ItemRecord> out;
    const filter::FilterMatcher matcher(filter);
    for (const library::ItemRecord& record : items_) {
      if (matcher.matches(item(record))) out.push_back(record);
    }
    return out;
  }

  // Counts the images that have each value; `values_of` returns the values of an item.
  template <typename Fn>
  std::vector<FacetValue> count(const Filter& filter, const Fn& values_of) const {
    std::map<std::string, std::pair<std::string, std::set<int64_t>>> images;  // by folded value
    for (const library::ItemRecord& record : meeting(filter)) {
      for (const std::string& value : values_of(record)) {
        auto& [shown, contents] = images[filter::folded(value)];
        if (shown.empty()) shown = value;
        contents.insert(record.content);
      }
    }
    std::vector<FacetValue> out;
    for (const auto& [folded, found] : images)
      out.push_back({found.first, static_cast<int64_t>(found.second.size())});
    std::ranges::sort(out, [](const FacetValue& a, const FacetValue& b) {
      return a.count != b.count ? a.count > b.count : a.value < b.value;
    });
    return out;
  }
  std::vector<FacetValue> count_field(const Filter& filter, const std::string& name) const {
    return count(filter, [&](const library::ItemRecord& record) {
      const VectorItem about = item(record);
      const auto found = about.fields.find(name);
      return found == about.fields.end() ? std::vector<std::string>{} : std::vector{found->second};
    });
  }

  int64_t images_meeting(const std::string& query) const {
    return collection_->rows_matching(parse_query(query).filter).count();
  }

  LibraryFolder folder_;
  HashEncoder encoder_;
  std::mt19937 random_;
  std::vector<library::ItemRecord> items_;
  std::vector<library::DatasetSource> sources_;
  std::unique_ptr<Library> library_;
  std::shared_ptr<const Collection> collection_;
};

std::vector<std::string> texts_of(const std::vector<FacetValue>& values) {
  std::vector<std::string> out;
  for (const FacetValue& value : values)
    out.push_back(value.value + ": " + std::to_string(value.count));
  return out;
}

TEST_F(OverviewTest, FacetsEqualCountingByHand) {
  for (const Filter& filter : filters()) {
    SCOPED_TRACE(query_json({"", {}, filter}));
    const LibraryFacets facets = library_facets(*collection_, filter, kEverything);
    EXPECT_EQ(facets.matching, collection_->rows_matching(filter).count());
    EXPECT_EQ(texts_of(facets.cameras), texts_of(count_field(filter, "camera")));
    EXPECT_EQ(texts_of(facets.lenses), texts_of(count_field(filter, "lens")));
    EXPECT_EQ(texts_of(facets.ratings), texts_of(count_field(filter, "rating")));
    EXPECT_EQ(texts_of(facets.datasets),
              texts_of(count(filter, [&](const library::ItemRecord& record) {
                return record.source == library::kFiles ? std::vector<std::string>{}
                                                        : std::vector<std::string>{"birds"};
              })));
    EXPECT_EQ(texts_of(facets.tags), texts_of(count(filter, [](const library::ItemRecord& record) {
                std::vector<std::string> tags = record.about.tags;
                if (record.about.fields.contains("tags")) tags = {"bird", "snow", "wing"};
                return tags;
              })));
  }
}

TEST_F(OverviewTest, DatesOfFacetsAreTheFirstAndTheLast) {
  for (const Filter& filter : filters()) {
    std::set<int64_t> dates;
    for (const library::ItemRecord& record : meeting(filter)) {
      if (const auto date = filter::item_date(item(record))) dates.insert(*date);
    }
    const LibraryFacets facets = library_facets(*collection_, filter);
    EXPECT_EQ(facets.first_date, dates.empty() ? "" : filter::date_text(*dates.begin()));
    EXPECT_EQ(facets.last_date, dates.empty() ? "" : filter::date_text(*dates.rbegin()));
  }
}

TEST_F(OverviewTest, FoldersAreTheFirstOnesThatDiffer) {
  std::set<std::string> names;
  for (const FacetValue& folder : library_facets(*collection_, {}).folders) {
    names.insert(folder.value);
    EXPECT_EQ(folder.count, images_meeting("in:\"" + folder.value + "\"")) << folder.value;
  }
  EXPECT_EQ(names, (std::set<std::string>{"Pictures/photos", "Pictures/photos/2019",
                                          "Pictures/photos/2020", "Scans/a\\xFF b/1", "Été",
                                          "birds/owls", "birds/ducks"}));
}

TEST_F(OverviewTest, AddingAValueToTheFilterFindsAsManyImages) {
  const std::string base = "-tag:familie ";
  const LibraryFacets facets = library_facets(*collection_, parse_query(base).filter);
  ASSERT_FALSE(facets.tags.empty());
  for (const FacetValue& tag : facets.tags) {
    std::string quoted;
    for (const char c : tag.value)
      quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    EXPECT_EQ(images_meeting(base + "tag:\"" + quoted + "\""), tag.count) << tag.value;
  }
  for (const FacetValue& rating : facets.ratings)
    EXPECT_EQ(images_meeting(base + "rating:" + rating.value), rating.count) << rating.value;
}

TEST_F(OverviewTest, ShowsAtMostAsManyValuesAsAskedFor) {
  EXPECT_EQ(library_facets(*collection_, {}, 1).tags.size(), 1u);
  EXPECT_EQ(library_facets(*collection_, {}, 0).tags.size(), 0u);
  EXPECT_EQ(library_facets(*collection_, {}, -1).tags.size(), 0u);
}

TEST_F(OverviewTest, TimelineEqualsFiltersByMonth) {
  for (const char* base : {"", "tag:snow ", "in:birds "}) {
    const Filter filter = *base == 0 ? Filter{} : parse_query(base).filter;
    const LibraryTimeline timeline = library_timeline(*collection_, filter);
    ASSERT_GT(timeline.months.size(), 3u);
    EXPECT_TRUE(std::ranges::is_sorted(timeline.months, {}, &TimelineMonth::month));
    for (const TimelineMonth& month : timeline.months)
      EXPECT_EQ(month.count, images_meeting(base + ("date:" + month.month))) << month.month;
    std::set<int64_t> all, dated;
    for (const library::ItemRecord& record : meeting(filter)) {
      all.insert(record.content);
      if (filter::item_date(item(record))) dated.insert(record.content);
    }
    EXPECT_EQ(timeline.undated, static_cast<int64_t>(all.size() - dated.size()));
  }
}

TEST_F(OverviewTest, PlacesAreCountedInCells) {
  for (const Filter& filter : filters()) {
    const LibraryPlaces places = library_places(*collection_, filter, 1, kEverything);
    // An image is in the cell of its first file with a place.
    std::map<int64_t, std::pair<double, double>> place_of;
    std::set<int64_t> all;
    for (const library::ItemRecord& record : meeting(filter)) {
      all.insert(record.content);
      const VectorItem about = item(record);
      const auto latitude = about.fields.find("latitude");
      if (latitude == about.fields.end()) continue;
      place_of.try_emplace(record.content, std::stod(latitude->second),
                           std::stod(about.fields.at("longitude")));
    }
    EXPECT_EQ(places.without, static_cast<int64_t>(all.size() - place_of.size()));
    std::map<std::pair<int, int>, std::vector<std::pair<double, double>>> cells;
    for (const auto& [content, at] : place_of)
      cells[{std::min(89, static_cast<int>(std::floor(at.first))),
             std::min(179, static_cast<int>(std::floor(at.second)))}]
          .push_back(at);
    ASSERT_EQ(places.cells.size(), cells.size());
    for (const PlaceCell& cell : places.cells) {
      const auto& own = cells[{std::min(89, static_cast<int>(std::floor(cell.latitude))),
                               std::min(179, static_cast<int>(std::floor(cell.longitude)))}];
      EXPECT_EQ(cell.count, static_cast<int64_t>(own.size()));
      double sum = 0;
      for (const auto& at : own) sum += at.first;
      EXPECT_NEAR(cell.latitude, sum / static_cast<double>(own.size()), 1e-9);
      EXPECT_TRUE(place_of.contains(cell.key));
    }
  }
}

TEST_F(OverviewTest, ThePlacesWithMostImagesComeFirst) {
  const LibraryPlaces all = library_places(*collection_, {});
  EXPECT_TRUE(std::ranges::is_sorted(all.cells, std::greater(), &PlaceCell::count));
  const LibraryPlaces two = library_places(*collection_, {}, 1, 2);
  ASSERT_EQ(two.cells.size(), 2u);
  EXPECT_EQ(two.cells[0].key, all.cells[0].key);
  EXPECT_LT(library_places(*collection_, {}, 90).cells.size(), all.cells.size());
}

TEST_F(OverviewTest, ThreadsShareACollection) {
  const std::vector<FacetValue> tags = library_facets(*collection_, {}).tags;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      EXPECT_FALSE(library_suggestions(*collection_, "tag:").empty());
      if (t % 2 == 0) {
        EXPECT_EQ(library_facets(*collection_, {}).tags, tags);
      } else {
        EXPECT_FALSE(library_timeline(*collection_, {}).months.empty());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(OverviewTest, NeedsALibrary) {
  const std::filesystem::path npy = folder_.library() / "vectors.npy";
  export_library(*collection_, npy);
  const auto vectors = open_vector_collection(npy);
  const auto refused = [](const std::function<void()>& call) {
    test::expect_error(ErrorCode::invalid_argument, "collection of a library", call);
  };
  refused([&] { library_facets(*vectors, {}); });
  refused([&] { library_timeline(*vectors, {}); });
  refused([&] { library_places(*vectors, {}); });
  refused([&] { library_suggestions(*vectors, "tag:a"); });
}

TEST(Overview, KeepsTheNewestImageOfACell) {
  const LibraryFolder folder;
  HashEncoder encoder;
  {
    library::Store store = folder.store();
    const int64_t model = folder.model(store, encoder);
    const std::optional<int64_t> dates[] = {100, 300, 200, std::nullopt};
    for (int i = 0; i < 4; ++i) {
      const std::string name = std::to_string(i);
      library::ContentRecord content;
      content.sha256 = Sha256().update(name).digest();
      library::ItemRecord item;
      item.content = store.change().add_content(content);
      store.add_vector(model, item.content, HashEncoder::vector_of("hash", name));
      item.path = "/photos/" + name + ".jpg";
      item.about.taken = dates[i];
      item.about.latitude = 10;
      item.about.longitude = 20;
      store.change().put_item(item);
    }
    store.commit();
  }
  const LibraryPlaces places = library_places(*Library(folder.library()).collection(), {});
  ASSERT_EQ(places.cells.size(), 1u);
  EXPECT_EQ(places.cells[0].key, 2);
  EXPECT_EQ(places.cells[0].count, 4);
}

TEST_F(OverviewTest, RefusesCellsWithoutASensibleSize) {
  for (const double degrees : {0.0, -1.0, 0.001, 91.0, std::nan("")})
    test::expect_error(ErrorCode::invalid_argument, "0.01 to 90",
                       [&] { library_places(*collection_, {}, degrees); });
}

}  // namespace
}  // namespace sightline
