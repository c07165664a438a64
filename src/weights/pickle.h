// Python's pickle format, read as data. A pickle is a program: it may ask for any function to be
// called with any arguments. This reader calls nothing. It knows the opcodes that PyTorch's files
// need, and a list of names that the caller allows; "call this" becomes a record that says so,
// which the caller may understand or refuse. Everything else is an error that names opcode and
// offset. Source: CPython Lib/pickletools.py (opcodes of protocols 2 to 5).
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sightline {

// What a name may be used for.
enum class PickleUse {
  refused,
  value,     // as it stands: a type tag
  call,      // "called" with arguments: a record of them
  instance,  // an object of this class, with attributes: a record of them
};

struct PickleRules {
  PickleUse (*use)(std::string_view module, std::string_view name);
  uint64_t max_bytes = 64 << 20;  // of the pickle, and of the copies of names that it makes
  size_t max_nodes = 1'000'000;
  size_t max_string = 1 << 20;
};

using PickleIndex = uint32_t;
inline constexpr PickleIndex kNoPickle = std::numeric_limits<PickleIndex>::max();

// A value. Values refer to one another by index, so that neither deep nor cyclic ones recurse.
struct PickleNode {
  enum class Kind {
    none,
    boolean,
    integer,
    big_integer,
    real,
    text,
    bytes,
    tuple,
    list,
    dict,
    set,
    name,
    record,
    persistent
  };
  Kind kind = Kind::none;
  int64_t integer = 0;  // integer, boolean
  double real = 0;
  std::string text = {};  // text, bytes, big_integer (its bytes); name and record: "module.name"
  std::vector<PickleIndex> items = {};  // tuple, list, set; persistent: the id
  // dict, and a record that behaves like one: keys and values.
  std::vector<std::pair<PickleIndex, PickleIndex>> entries = {};
  // record: the tuple of arguments (not copied: one tuple may serve a million calls), and what
  // BUILD gave it.
  PickleIndex arguments = kNoPickle, state = kNoPickle;
};

class Pickle {
 public:
  // Reads the pickle at the beginning of `bytes`. `name` says in messages whose bytes they are, and
  // `offset` is where they begin there. Throws Error: invalid_data (broken), unsupported (an opcode
  // or a name that is not allowed), limit_exceeded.
  Pickle(std::span<const uint8_t> bytes, const std::string& name, const PickleRules& rules,
         uint64_t offset = 0);

  const PickleNode& root() const { return nodes_[root_]; }
  PickleIndex count() const { return static_cast<PickleIndex>(nodes_.size()); }
  const PickleNode& operator[](PickleIndex index) const { return nodes_[index]; }
  // The value of a text key; null where there is none.
  const PickleNode* find(const PickleNode& dict, std::string_view key) const;
  // Bytes that the pickle took; others may follow.
  size_t size() const { return size_; }

 private:
  friend class PickleMachine;
  std::vector<PickleNode> nodes_;
  PickleIndex root_ = 0;
  size_t size_ = 0;
};

}  // namespace sightline
