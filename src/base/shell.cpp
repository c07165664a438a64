#include "base/shell.h"

#include <fstream>
#include <iterator>

#include "base/utf8.h"

namespace sightline {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./:,=+@%").find(c) != std::string_view::npos;
}

bool has_control(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  return false;
}

std::string escaped(std::string_view text) {
  static constexpr char kDigits[] = "01234567";
  std::string out = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '\'') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 ||
               byte >= 0x7F) {  // three octal digits: no digit can follow by accident
      out += '\\';
      for (const int shift : {6, 3, 0}) out += kDigits[byte >> shift & 7];
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

std::string shell_word(std::string_view text) {
  bool plain = !text.empty() && text[0] != '=' && text[0] != '%';
  for (const char c : text) plain = plain && is_plain(c);
  if (plain) return std::string(text);
  if (has_control(text) || !is_valid_utf8(text)) return escaped(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string shell_command(std::span<const std::string> words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + shell_word(word);
  return out;
}

std::vector<std::string> process_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> words;
  for (size_t begin = 0; begin < bytes.size();) {
    const size_t end = bytes.find('\0', begin);
    words.push_back(bytes.substr(begin, end - begin));
    begin = end == std::string::npos ? bytes.size() : end + 1;
  }
  return words;
}

}  // namespace sightline
