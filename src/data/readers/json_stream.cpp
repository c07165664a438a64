#include "data/readers/json_stream.h"

#include <sightline/error.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/json.h"
#include "data/readers/byte_stream.h"

namespace sightline {
namespace {

using nlohmann::json;

// Adapts a ByteStream to the input iterator that the parser expects.
class ByteIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  ByteIterator() = default;
  explicit ByteIterator(ByteStream* stream) : stream_(stream) {}
  char operator*() const { return static_cast<char>(stream_->peek()); }
  ByteIterator& operator++() {
    stream_->get();
    return *this;
  }
  ByteIterator operator++(int) {
    ByteIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const ByteIterator& a, const ByteIterator& b) {
    return a.at_end() == b.at_end();
  }
  friend bool operator!=(const ByteIterator& a, const ByteIterator& b) { return !(a == b); }

 private:
  bool at_end() const { return stream_ == nullptr || stream_->peek() == ByteStream::kEnd; }
  ByteStream* stream_ = nullptr;
};

// Builds the value of each piece from the parser's events. The parser does not recurse.
class PieceBuilder : public nlohmann::json_sax<json> {
 public:
  PieceBuilder(std::string file, const JsonPieceFn& visit)
      : file_(std::move(file)), visit_(visit) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return true; }  // not in JSON

  bool start_object(std::size_t) override { return start(json::object(), false); }
  bool start_array(std::size_t) override { return start(json::array(), true); }
  bool key(string_t& name) override {
    if (open_.empty())
      piece_ = {std::move(name), -1};
    else
      key_ = std::move(name);
    return true;
  }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }

  bool parse_error(std::size_t position, const std::string&,
                   const json::exception& error) override {
    // 406: a number outside the range of double. Messages do not repeat the file's bytes.
    const bool number = error.id == 406;
    throw Error(ErrorCode::invalid_data, "'", file_, "' is not valid JSON: ",
                (number ? "it contains a number outside the range of double"
                        : "syntax error at byte " + std::to_string(position)));
  }

 private:
  bool at_root() const { return depth_ == 0; }

  bool start(json value, bool array) {
    if (depth_ >= kMaxJsonDepth) {
      throw Error(ErrorCode::invalid_data, "'", file_, "' contains JSON nested deeper than ",
                  kMaxJsonDepth, " levels");
    }
    if (at_root()) {
      ++depth_;
      root_is_array_ = array;
      if (array) piece_ = {"", 0};
      return true;
    }
    if (!root_is_array_ && depth_ == 1 && array) {
      ++depth_;
      piece_.index = 0;
      return true;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      values_ = 1;
      open_.push_back(&root_);
    } else {
      open_.push_back(put(std::move(value)));
    }
    ++depth_;
    return true;
  }

  bool end() {
    --depth_;
    if (open_.empty()) return true;  // the root, or an array of pieces
    open_.pop_back();
    return !open_.empty() || emit();
  }

  bool add(json value) {
    if (at_root()) {
      throw Error(ErrorCode::invalid_data, "'", file_, "': expected a JSON object or array, found ",
                  shown(value));
    }
    if (!open_.empty()) {
      put(std::move(value));
      return true;
    }
    root_ = std::move(value);
    return emit();
  }

  json* put(json value) {
    if (++values_ > kMaxPieceValues) {
      throw Error(ErrorCode::limit_exceeded, "'", file_, "': an element of '", piece_.key,
                  "' has more than ", kMaxPieceValues, " values");
    }
    json& parent = *open_.back();
    if (parent.is_array()) return &parent.emplace_back(std::move(value));
    json& place = parent[key_];
    place = std::move(value);
    return &place;
  }

  bool emit() {
    const bool more = visit_(piece_, root_);
    if (piece_.index >= 0) ++piece_.index;
    return more;
  }

  std::string file_;
  const JsonPieceFn& visit_;
  JsonPiece piece_;
  json root_;                // the value of the current piece
  std::vector<json*> open_;  // its objects and arrays that are still open
  std::string key_;
  int depth_ = 0;
  int64_t values_ = 0;
  bool root_is_array_ = false;
};

}  // namespace

void read_json_pieces(const std::filesystem::path& file, const JsonPieceFn& visit) {
  ByteStream stream(file);
  stream.skip_byte_order_mark();
  PieceBuilder builder(file.string(), visit);
  json::sax_parse(ByteIterator(&stream), ByteIterator(), &builder);
}

}  // namespace sightline
