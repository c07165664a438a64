#include "base/npy_header.h"

#include <cctype>
#include <optional>

namespace sightline::npy {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr int64_t kMaxBytes = int64_t{1} << 62;
constexpr size_t kMaxHeader = 1 << 20;
constexpr size_t kMaxRank = 32;

// Parses the Python dictionary literal of a header: keys are strings; values are strings, True,
// False or tuples of integers.
class DictReader {
 public:
  DictReader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  void read() {
    expect('{');
    while (!accept('}')) {
      const std::string key = read_string();
      expect(':');
      if (key == "descr") {
        descr = read_string();
      } else if (key == "fortran_order") {
        fortran_order = read_bool();
      } else if (key == "shape") {
        shape = read_tuple();
      } else {
        fail("the unknown key '" + key + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!descr || !fortran_order || !shape) fail("no descr, no fortran_order or no shape");
  }

  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<int64_t>> shape;

 private:
  [[noreturn]] void fail(const std::string& found) const {
    throw Error(ErrorCode::invalid_data, where_, " is not a .npy file: its header has ", found);
  }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }

  bool accept(char wanted) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail(std::string("no '") + wanted + "' at the expected position");
  }

  std::string read_string() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) fail("a broken string");
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) fail("a broken string");
    const std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  bool read_bool() {
    skip_space();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    fail("a fortran_order that is neither True nor False");
  }

  std::vector<int64_t> read_tuple() {
    std::vector<int64_t> values;
    expect('(');
    while (!accept(')')) {
      values.push_back(read_number());
      if (values.size() > kMaxRank) fail("a shape of more than 32 dimensions");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  int64_t read_number() {
    skip_space();
    const size_t begin = at_;
    int64_t value = 0;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) {
      value = value * 10 + (text_[at_++] - '0');
      if (value > kMaxBytes / 10) fail("a dimension that is too large");
    }
    if (at_ == begin) fail("a shape that is not a tuple of integers");
    return value;
  }

  std::string_view text_;
  const std::string& where_;
  size_t at_ = 0;
};

NpyType parse_type(const std::string& descr, const std::string& where) {
  if (descr == "|u1" || descr == "<u1" || descr == "u1") return NpyType::u8;
  if (descr == "<i4") return NpyType::i32;
  if (descr == "<f4") return NpyType::f32;
  throw Error(ErrorCode::unsupported, where, " has elements of type '", descr,
              "'; supported are '|u1', '<i4' and '<f4'");
}

}  // namespace

size_t element_size(NpyType type) {
  return type == NpyType::u8 ? 1 : 4;
}

std::string_view type_name(NpyType type) {
  switch (type) {
    case NpyType::u8:
      return "|u1";
    case NpyType::i32:
      return "<i4";
    case NpyType::f32:
      break;
  }
  return "<f4";
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

int64_t byte_count(NpyType type, std::span<const int64_t> shape, const std::string& where,
                   ErrorCode code) {
  auto bytes = static_cast<int64_t>(element_size(type));
  bool empty = false;
  for (const int64_t extent : shape) {
    empty = empty || extent == 0;
    if (extent < 0 || (extent > 0 && bytes > kMaxBytes / extent)) {
      throw Error(code, where, " has the shape ", shape_text(shape), ", which is not a valid size");
    }
    if (extent > 0) bytes *= extent;
  }
  return empty ? 0 : bytes;
}

std::string make_header(NpyType type, std::span<const int64_t> shape, size_t min_size) {
  std::string dict = "{'descr': '" + std::string(type_name(type)) +
                     "', 'fortran_order': False, 'shape': " + shape_text(shape) + ", }";
  const bool version_2 = dict.size() > 60'000;
  const size_t prefix = kMagic.size() + 2 + (version_2 ? 4 : 2);
  size_t total = std::max(prefix + dict.size() + 1, min_size);
  total = (total + 63) / 64 * 64;
  const size_t length = total - prefix;
  std::string header(kMagic);
  header += version_2 ? '\2' : '\1';
  header += '\0';
  for (int i = 0; i < (version_2 ? 4 : 2); ++i) {
    header += static_cast<char>(length >> (8 * i) & 0xff);
  }
  header += dict;
  header.resize(total - 1, ' ');
  return header + '\n';
}

Header parse_header(std::span<const uint8_t> file, const std::string& where) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.substr(0, kMagic.size()) != kMagic || text.size() < kMagic.size() + 4) {
    throw Error(ErrorCode::invalid_data, where,
                " is not a .npy file: it does not begin with "
                "the bytes 93 'NUMPY'");
  }
  const int version = file[6];
  if (version < 1 || version > 3) {
    throw Error(ErrorCode::unsupported, where, " is a .npy file of version ", version,
                "; versions 1 to 3 are supported");
  }
  const size_t prefix = version == 1 ? 10 : 12;
  size_t length = 0;
  for (size_t i = 8; i < prefix && i < file.size(); ++i) length |= size_t{file[i]} << (8 * (i - 8));
  if (file.size() < prefix || length > kMaxHeader || length > file.size() - prefix) {
    throw Error(ErrorCode::invalid_data, where, " is a .npy file with a truncated header");
  }
  DictReader reader(text.substr(prefix, length), where);
  reader.read();
  if (*reader.fortran_order && reader.shape->size() > 1) {
    throw Error(ErrorCode::unsupported, where,
                " is stored in Fortran order (column-major); only C order is supported");
  }
  return {parse_type(*reader.descr, where), *reader.shape, prefix + length};
}

}  // namespace sightline::npy
