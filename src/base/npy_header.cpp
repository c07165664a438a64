#include "base/npy_header.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/text.h"

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
        if (accept('[')) throw_structured();
        descr = read_string();
      } else if (key == "fortran_order") {
        fortran_order = read_bool();
      } else if (key == "shape") {
        shape = read_tuple();
      } else {
        fail("the unknown key '" + printable(key, 40) + "'");
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

  [[noreturn]] void throw_structured() const {
    throw Error(
        ErrorCode::unsupported, where_,
        " has a structured type with several fields per element; save one field of numbers, "
        "such as x['field']");
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
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // a long integer of Python 2
    return value;
  }

  std::string_view text_;
  const std::string& where_;
  size_t at_ = 0;
};

// The elements of these kinds are numbers.
constexpr std::string_view kNumbers = "biufc";

[[noreturn]] void throw_not_numbers(const std::string& descr, const std::string& where) {
  const char kind = descr.find_first_of("OSUVMm") == std::string::npos
                        ? '?'
                        : descr[descr.find_first_of("OSUVMm")];
  std::string what = "elements of the unknown type '" + printable(descr, 40) + "'";
  if (kind == 'O') what = "pickled Python objects (dtype object), which are never unpickled";
  if (kind == 'S' || kind == 'U') what = "texts (dtype '" + printable(descr, 40) + "')";
  if (kind == 'V')
    what =
        "elements without a type ('" + printable(descr, 40) + "', such as bfloat16 of ml_dtypes)";
  if (kind == 'M' || kind == 'm') what = "dates (dtype '" + printable(descr, 40) + "')";
  throw Error(ErrorCode::unsupported, where, " has ", what,
              "; expected numbers: save x.astype('float32')");
}

ElementType parse_type(const std::string& descr, const std::string& where) {
  ElementType type;
  type.descr = descr;
  const bool has_order =
      !descr.empty() && std::string_view("<>=|").find(descr[0]) != std::string::npos;
  const std::string_view rest = std::string_view(descr).substr(has_order ? 1 : 0);
  const std::string_view digits = rest.substr(std::min<size_t>(rest.size(), 1));
  const bool number = !rest.empty() && kNumbers.find(rest[0]) != std::string_view::npos &&
                      !digits.empty() && digits.size() <= 2 &&
                      digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!number) throw_not_numbers(descr, where);
  type.kind = rest[0];
  type.size = 0;
  for (const char digit : digits) type.size = type.size * 10 + static_cast<size_t>(digit - '0');
  if (type.size == 0) throw_not_numbers(descr, where);
  type.big_endian = descr[0] == '>' && type.size > 1;
  return type;
}

// Whether at most one extent is larger than 1, so that both orders are the same.
bool orders_agree(std::span<const int64_t> shape) {
  return std::ranges::count_if(shape, [](int64_t extent) { return extent > 1; }) <= 1 ||
         std::ranges::count(shape, 0) > 0;
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

int64_t byte_count(size_t element_size, std::span<const int64_t> shape, const std::string& where,
                   ErrorCode code) {
  auto bytes = static_cast<int64_t>(element_size);
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
  return {parse_type(*reader.descr, where), *reader.fortran_order && !orders_agree(*reader.shape),
          *reader.shape, prefix + length};
}

std::optional<NpyType> Header::type() const {
  if (element.big_endian) return std::nullopt;
  if (element.kind == 'u' && element.size == 1) return NpyType::u8;
  if (element.kind == 'i' && element.size == 4) return NpyType::i32;
  if (element.kind == 'f' && element.size == 4) return NpyType::f32;
  return std::nullopt;
}

void check_size(const Header& header, size_t file_size, const std::string& where) {
  const int64_t expected =
      byte_count(header.element.size, header.shape, where, ErrorCode::invalid_data);
  const auto found = static_cast<int64_t>(file_size - header.size);
  if (expected == found) return;
  throw Error(ErrorCode::invalid_data, where, " is not a whole .npy file: the shape ",
              shape_text(header.shape), " needs ", counted(expected, "byte"),
              " after the header, found ", found);
}

}  // namespace sightline::npy
