// Filters of a library find the rows that filtering by hand finds.
#include "library/rows/filter_rows.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "library/rows/item_of_record.h"
#include "search/filter/filter_matcher.h"
#include "search/sort_keyed.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::HashEncoder;
using test::LibraryFolder;

constexpr int kItems = 600;

class FilterRowsTest : public testing::Test {
 protected:
  FilterRowsTest() : random_(5) {
    library::Store store = folder_.store();
    const int64_t model = folder_.model(store, encoder_);
    const int64_t dataset = store.change().add_source({0, "dataset", "/data/set", "{}"});
    for (int i = 0; i < kItems; ++i) {
      library::ContentRecord content;
      content.sha256 = Sha256().update(std::to_string(i % 500)).digest();  // some are copies
      content.id = store.change().find_content(*content.sha256);
      if (content.id == 0) {
        content.format = "JPEG";
        content.width = 100 * (1 + pick(4));
        content.height = 100 * (1 + pick(4));
        content.id = store.change().add_content(content);
        store.add_vector(model, content.id, HashEncoder::vector_of("hash", std::to_string(i)));
      }
      library::ItemRecord item = pick(4) == 0 ? row(dataset, i) : file(i);
      item.content = content.id;
      item.id = store.change().put_item(item);
      items_.push_back(std::move(item));
    }
    store.commit();
  }

  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  template <typename T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + pick(static_cast<int>(values.size())));
  }

  library::ItemRecord row(int64_t dataset, int i) {
    library::ItemRecord out;
    out.source = dataset;
    out.split = one_of<std::string>({"train", "test"});
    out.path = "row-" + std::to_string(i);
    out.about.captions = {one_of<std::string>({"Schnee im Wald", "A RED car", "deux chiens"})};
    if (pick(2) == 0)
      out.about.fields = {{"date", "2019-07-0" + std::to_string(1 + pick(9))},
                          {"colour", one_of<std::string>({"red", "blue"})},
                          {"tags", one_of<std::string>({"snow; Familie", "none", ""})},
                          {"rating", std::to_string(pick(6))},
                          {"width", "7"}};
    return out;
  }

  library::ItemRecord file(int i) {
    library::ItemRecord out;
    out.path = one_of<std::string>({"/photos/2019/summer/", "/photos/2020/", "/Photos/Été/"}) +
               "IMG_" + std::to_string(i) + ".jpg";
    out.stamp.size = 1000 * pick(10);
    library::ItemDescription& about = out.about;
    if (pick(3) > 0) about.taken = 1561939200 + 86400 * pick(30);
    about.camera = one_of<std::string>({"", "Canon EOS 5D", "NIKON D750", "Café-Kamera"});
    about.lens = one_of<std::string>({"", "EF 50mm", "EF 24-70mm"});
    if (pick(2) == 0) {
      about.latitude = -80 + 16.3 * pick(10);
      about.longitude = -170 + 34.7 * pick(10);
    }
    if (pick(2) == 0) about.rating = pick(7) - 1;
    about.title = one_of<std::string>({"", "Holiday"});
    for (const char* tag : {"snow", "Familie", "été"}) {
      if (pick(3) == 0) about.tags.emplace_back(tag);
    }
    for (int c = pick(3); c > 0; --c)
      about.captions.push_back(one_of<std::string>(
          {"a red car in snow", "Two dogs, running", "une fête d'été", "the car"}));
    return out;
  }

  Condition condition() {
    Condition out;
    out.negated = pick(3) == 0;
    switch (pick(12)) {
      case 0:
        out.field = FilterField::path;
        out.texts = {one_of<std::string>({"2019", "photos/2019", "/photos", "ete", "set", "20*"})};
        break;
      case 1:
        out.field = FilterField::name;
        out.texts = {one_of<std::string>({"IMG_1*", "img_?2.jpg", "row-3*"})};
        break;
      case 2:
        out.field = FilterField::caption;
        out.texts = {one_of<std::string>({"car", "red car", "sno*", "ete", "dogs running", "wald"}),
                     one_of<std::string>({"chiens", "the"})};
        break;
      case 3:
        out.field = FilterField::tag;
        out.texts = {one_of<std::string>({"snow", "famil*", "ETE", "none"})};
        break;
      case 4:
        out.field = FilterField::camera;
        out.texts = {one_of<std::string>({"canon", "nikon", "cafe", "d7?0"})};
        break;
      case 5:
        out.field = FilterField::lens;
        out.texts = {one_of<std::string>({"50mm", "ef"})};
        break;
      case 6:
        out.field = FilterField::date;
        out.ranges = {
            {1561939200.0 + 86400 * pick(30), 1561939200.0 + 86400 * pick(40), true, false}};
        break;
      case 7:
        out.field = FilterField::size;
        out.ranges = {{1000.0 * pick(10), 1e9, pick(2) == 0, true}, {0, 1000, true, true}};
        break;
      case 8:
        out.field = one_of({FilterField::width, FilterField::height});
        out.ranges = {{100.0 * pick(5), 300, true, pick(2) == 0}};
        break;
      case 9:
        out.field = FilterField::rating;
        out.ranges = {{static_cast<double>(pick(6) - 1), 5, true, true}};
        break;
      case 10:
        out.field = FilterField::location;
        if (pick(2) == 0)
          out.circles = {{-80 + 16.3 * pick(10), -170 + 34.7 * pick(10), 3000.0 * pick(3)}};
        else
          out.boxes = {{-40, 100.0 * pick(2), 60, -20}};
        break;
      default:
        out.field = FilterField::column;
        out.column = one_of<std::string>({"colour", "title", "split", "tags", "width"});
        out.texts = {one_of<std::string>({"red", "holi*", "test", "*snow*", "[1-4]00", "?00"})};
    }
    return out;
  }

  LibraryFolder folder_;
  HashEncoder encoder_;
  std::mt19937 random_;
  std::vector<library::ItemRecord> items_;
};

TEST_F(FilterRowsTest, EqualFilteringByHand) {
  const library::Snapshot snapshot(folder_.library(), "");
  const auto sources = snapshot.with_catalogue([](const library::Catalogue& catalogue) {
    return library::dataset_sources(catalogue.sources());
  });
  int64_t found = 0;
  for (int round = 0; round < 400; ++round) {
    Filter filter;
    for (int c = 1 + pick(3); c > 0; --c) filter.conditions.push_back(condition());
    const filter::FilterMatcher matcher(filter);
    RowMask expected(snapshot.rows());
    for (const library::ItemRecord& record : items_) {
      VectorItem item = item_of_record(record, sources);
      item.captions = record.about.captions;
      snapshot.with_catalogue([&](library::Catalogue& catalogue) {
        const auto content = catalogue.content(record.content);
        if (content->width > 0) item.fields["width"] = std::to_string(content->width);
        if (content->height > 0) item.fields["height"] = std::to_string(content->height);
      });
      if (matcher.matches(item)) expected.add(snapshot.row_of_contents().get(record.content));
    }
    const RowMask actual = filter_rows(snapshot, filter, sources);
    ASSERT_TRUE(std::ranges::equal(actual.words(), expected.words()))
        << "round " << round << ": " << query_json({"", {}, filter}) << ", " << actual.count()
        << " rows, expected " << expected.count();
    found += actual.count() > 0 && actual.count() < 500;
  }
  EXPECT_GT(found, 100);  // filters that select some but not all
}

TEST_F(FilterRowsTest, FindItemsByTheEndOfTheirPath) {
  const auto collection = Library(folder_.library()).collection();
  EXPECT_FALSE(collection->find_item("IMG_99999.jpg"));
  EXPECT_FALSE(collection->find_item("MG_1.jpg"));
  int found = 0;
  for (const library::ItemRecord& record : items_) {
    if (record.source != library::kFiles) continue;
    const auto row = collection->find_item(record.path);
    ASSERT_TRUE(row);
    EXPECT_EQ(collection->find_item(record.path.substr(record.path.rfind('/') + 1)), row);
    ++found;
  }
  EXPECT_GT(found, 100);
}

TEST_F(FilterRowsTest, FindRowsOfDataSetsWithAndWithoutItsName) {
  const auto collection = Library(folder_.library()).collection();
  int found = 0;
  for (const library::ItemRecord& record : items_) {
    if (record.source == library::kFiles) continue;
    const auto row = collection->find_item(record.path);
    ASSERT_TRUE(row);
    EXPECT_EQ(collection->find_item("set/" + record.path), row);
    EXPECT_FALSE(collection->find_item("other/" + record.path));
    EXPECT_FALSE(collection->find_item(record.path.substr(1)));
    ++found;
  }
  EXPECT_GT(found, 100);
}

TEST_F(FilterRowsTest, SortsByTheDateAndPathOfTheFirstItem) {
  const auto collection = Library(folder_.library()).collection();
  std::vector<int64_t> rows(static_cast<size_t>(collection->vectors().rows()));
  std::iota(rows.begin(), rows.end(), 0);
  const std::vector<VectorItem> items = collection->items(rows);
  const auto item = [&](int64_t row) { return items[static_cast<size_t>(row)]; };
  std::vector<KeyedRow<int64_t>> dates;
  std::vector<KeyedRow<std::string>> paths;
  for (const int64_t row : rows) {
    dates.emplace_back(filter::item_date(item(row)), row);
    paths.emplace_back(filter::item_path(item(row)), row);
  }
  for (const size_t step : {size_t{1}, size_t{20}}) {  // many rows and few
    for (const bool descending : {false, true}) {
      std::vector<KeyedRow<int64_t>> some_dates;
      std::vector<KeyedRow<std::string>> some_paths;
      std::vector<int64_t> some;
      for (size_t i = 0; i < rows.size(); i += step) {
        some.push_back(rows[i]);
        some_dates.push_back(dates[i]);
        some_paths.push_back(paths[i]);
      }
      EXPECT_EQ(collection->sorted_rows(some, {SortKey::date, descending}),
                sort_keyed(some_dates, descending));
      EXPECT_EQ(collection->sorted_rows(some, {SortKey::path, descending}),
                sort_keyed(some_paths, descending));
    }
  }
}

// Of copies of an image, the first need not meet the filter.
TEST_F(FilterRowsTest, SortsByTheFirstItemThatMeetsTheFilter) {
  const auto collection = Library(folder_.library()).collection();
  int reordered = 0;
  for (const FilterField field : {FilterField::rating, FilterField::size}) {
    Condition condition;
    condition.field = field;
    condition.ranges = {{field == FilterField::rating ? 3.0 : 0.0, 2e6}};
    for (const bool negated : {false, true}) {
      condition.negated = negated;
      const Filter filter{{condition}};
      const RowMask mask = collection->rows_matching(filter);
      for (const int64_t step : {int64_t{1}, int64_t{20}}) {
        std::vector<int64_t> rows;
        for (int64_t row = 0; row < mask.rows(); row += step) {
          if (mask.has(row)) rows.push_back(row);
        }
        const std::vector<VectorItem> items = collection->items_meeting(rows, filter);
        std::vector<KeyedRow<int64_t>> dates;
        std::vector<KeyedRow<std::string>> paths;
        for (size_t i = 0; i < rows.size(); ++i) {
          dates.emplace_back(filter::item_date(items[i]), rows[i]);
          paths.emplace_back(filter::item_path(items[i]), rows[i]);
        }
        const auto by_path = collection->sorted_rows(rows, {SortKey::path, false}, filter);
        EXPECT_EQ(by_path, sort_keyed(paths, false));
        EXPECT_EQ(collection->sorted_rows(rows, {SortKey::date, true}, filter),
                  sort_keyed(dates, true));
        reordered += by_path != collection->sorted_rows(rows, {SortKey::path, false});
      }
    }
  }
  EXPECT_GT(reordered, 0);
}

}  // namespace
}  // namespace sightline
