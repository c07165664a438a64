#include "data/readers/json_stream.h"

#include <sightline/error.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "base/json.h"
#include "base/json_input.h"
#include "data/readers/text_stream.h"

namespace sightline {
namespace {

using nlohmann::json;

using Input = JsonInput<TextStream>;
using Iterator = JsonInputIterator<TextStream>;

// Builds the value of each piece from the parser's events. The parser does not recurse.
class PieceBuilder : public nlohmann::json_sax<json> {
 public:
  PieceBuilder(std::string file, const Input& input, const JsonPieceFn& visit)
      : file_(std::move(file)), input_(input), visit_(visit) {}

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

  bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
    // Messages do not repeat the file's bytes.
    const std::string where = message("line ", input_.line(), ", byte ", input_.position());
    if (is_utf8_problem(error))
      throw Error(ErrorCode::invalid_data, "'", file_, "' is not valid UTF-8: ", where);
    constexpr int kOutOfRange = 406;
    throw Error(
        ErrorCode::invalid_data, "'", file_, "' is not valid JSON: ",
        (error.id == kOutOfRange ? "a number outside the range of double in " : "syntax error in "),
        where);
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
    if (open_.empty()) {  // the root, or an array of pieces
      if (root_is_array_ || depth_ == 0 || piece_.index > 0) return true;
      piece_.index = -1;
      root_ = json::array();
      return emit();
    }
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
  const Input& input_;  // for positions in messages
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
  TextStream stream(file);
  Input input(stream);
  PieceBuilder builder(file.string(), input, visit);
  json::sax_parse(Iterator(&input), Iterator(), &builder);
}

}  // namespace sightline
