// Filters, names and orders of a library of data set rows and files.
//
//   bench_library_queries [--rows N] [--rounds R]
//
// Makes a library of N rows of a data set, each with a caption and five columns, and of N files
// with metadata, in a temporary folder. Prints the best and the median time of R rounds of each
// query, its least processor time, and that per item.
#include <sightline/error.h>
#include <sightline/library.h>
#include <sightline/query.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/temporary_path.h"
#include "library/store/store.h"

namespace {

using namespace sightline;

struct Settings {
  int64_t rows = 100'000;
  int rounds = 5;
};

library::ItemRecord row_of_dataset(int64_t source, int64_t i, Random& random) {
  static constexpr const char* kThings[] = {"dog", "cat", "car", "house", "tree", "boat"};
  static constexpr const char* kPlaces[] = {"field", "street", "harbour", "kitchen"};
  const std::string thing = kThings[random.below(6)], place = kPlaces[random.below(4)];
  library::ItemRecord row;
  row.source = source;
  row.split = "train";
  row.path = "images/" + std::to_string(i % 100) + "/row-" + std::to_string(i) + ".jpg";
  row.about.captions = {"a photo of a " + thing + " in front of a " + place + " number " +
                        std::to_string(random.below(10'000))};
  row.about.fields = {{"label", thing},
                      {"place", place},
                      {"date", "20" + std::to_string(10 + random.below(15)) + "-0" +
                                   std::to_string(1 + random.below(9)) + "-15"},
                      {"url", "https://example.org/images/" + std::to_string(i) + ".jpg"},
                      {"license", "CC-BY-4.0"}};
  return row;
}

library::ItemRecord file(int64_t i, Random& random) {
  library::ItemRecord item;
  item.path = "/photos/" + std::to_string(i % 100) + "/IMG_" + std::to_string(i) + ".jpg";
  item.stamp.size = 1'000'000 + static_cast<int64_t>(random.below(1'000'000));
  item.about.taken = 1'300'000'000 + static_cast<int64_t>(random.below(400'000'000));
  item.about.camera = random.below(2) == 0 ? "Canon EOS 5D" : "NIKON D750";
  return item;
}

void make_library(const std::filesystem::path& folder, int64_t rows) {
  constexpr int64_t kDim = 16;
  library::Store store(folder,
                       {.create = true, .wait = false, .purpose = "a bench", .progress = {}});
  library::ModelRecord record;
  record.name = record.fingerprint = "synthetic";
  record.backend = record.device = "cpu";
  record.precision = "fp32";
  record.dim = kDim;
  const int64_t model = store.add_model(record);
  store.change().set_active_model(model);
  const int64_t source = store.change().add_source({0, "dataset", "/data/set", "{}"});
  std::vector<float> vector(kDim);
  vector[0] = 1;
  Random random({7});
  for (int64_t i = 0; i < 2 * rows; ++i) {
    library::ContentRecord content;
    content.format = "JPEG";
    content.width = 100 * (1 + static_cast<int64_t>(random.below(40)));
    content.height = 1000;
    library::ItemRecord item =
        i % 2 == 0 ? row_of_dataset(source, i / 2, random) : file(i / 2, random);
    item.content = store.change().add_content(content);
    store.change().put_item(item);
    store.add_vector(model, item.content, vector);
  }
  store.commit();
}

struct Measured {
  std::string name;
  std::function<int64_t()> run;                           // returns the number of hits
  std::vector<double> milliseconds = {}, processor = {};  // of each round
  int64_t hits = 0;
};

void print(std::vector<Measured>& queries, int64_t items) {
  std::printf("%-44s %8s %9s %9s %9s %9s\n", "query", "hits", "best ms", "median ms", "cpu ms",
              "us/item");
  for (Measured& query : queries) {
    std::ranges::sort(query.milliseconds);
    const double processor = std::ranges::min(query.processor);
    std::printf("%-44s %8lld %9.1f %9.1f %9.1f %9.2f\n", query.name.c_str(),
                static_cast<long long>(query.hits), query.milliseconds.front(),
                query.milliseconds[query.milliseconds.size() / 2], processor,
                1000 * processor / static_cast<double>(items));
  }
}

void measure(Measured& query) {
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t begin = std::clock();
  query.hits = query.run();
  query.processor.push_back(1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  query.milliseconds.push_back(
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
}

void run(const Settings& settings) {
  const ScratchFolder scratch;
  make_library(scratch.path(), settings.rows);
  const auto collection = Library(scratch.path()).collection();
  std::vector<Measured> queries;
  for (const char* text :
       {"caption:harbour", "caption:dog -caption:street", "field.label:cat", "-field.license:none",
        "in:images/7", "name:row-12*", "date:2015", "width:>3900", "size:>1.9mb", "camera:canon",
        "tag:none", "caption:dog field.place:kitchen date:>=2020"}) {
    queries.push_back({text, [&collection, filter = parse_query(text).filter] {
                         return collection->rows_matching(filter).count();
                       }});
  }
  const std::string id = "images/7/row-7.jpg";
  for (const std::string& name : {id, std::string("row-77.jpg"), std::string("IMG_77.jpg")}) {
    queries.push_back({"like:" + name, [&collection, name] {
                         return collection->find_item(name) ? int64_t{1} : int64_t{0};
                       }});
  }
  std::vector<int64_t> rows(static_cast<size_t>(collection->vectors().rows()));
  std::iota(rows.begin(), rows.end(), 0);
  for (const auto& [name, key] :
       {std::pair{"sort:date", SortKey::date}, std::pair{"sort:path", SortKey::path}}) {
    queries.push_back(
        {name, [&collection, &rows, key = key] {
           return static_cast<int64_t>(collection->sorted_rows(rows, {key, false}).size());
         }});
  }
  for (int round = 0; round < settings.rounds; ++round) {
    for (Measured& query : queries) measure(query);
  }
  print(queries, 2 * settings.rows);
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--rows") settings.rows = std::atoll(argv[i + 1]);
    if (name == "--rounds") settings.rounds = std::atoi(argv[i + 1]);
  }
  try {
    run(settings);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_library_queries: %s\n", error.what());
    return 1;
  }
  return 0;
}
