// Reads Python's pickle format as data, without executing it. A pickle is a program that may call
// any function with any arguments. This reader calls nothing: it supports the opcodes that
// PyTorch's files need, and turns each call of a name that the caller knows into a record, which
// the caller may interpret or reject. Objects made from other names are opaque: they may stand
// where the caller does not look (numpy scalars in the state of an optimizer) and are rejected
// where it does. Source: CPython Lib/pickletools.py (opcodes of protocols 2 to 5).
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
  unknown,   // the name, and every object made from it, is opaque
  value,     // itself: a type tag
  call,      // a function called with arguments; becomes a record
  instance,  // a class instantiated with arguments; becomes a record, with attributes as its state
};

struct PickleRules {
  PickleUse (*use)(std::string_view module, std::string_view name);
  uint64_t max_bytes = 64 << 20;  // limits the pickle and, separately, all copies of names
  size_t max_nodes = 1'000'000;
  size_t max_string = 64 << 20;
};

using PickleIndex = uint32_t;
inline constexpr PickleIndex kNoPickle = std::numeric_limits<PickleIndex>::max();

// A value. Values refer to one another by index, so deep or cyclic values need no recursion.
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
    opaque,
    persistent
  };
  Kind kind = Kind::none;
  int64_t integer = 0;  // integer, boolean; opaque: identifies the name it was made from
  double real = 0;
  std::string text = {};  // text, bytes; big_integer: its bytes; name and record: "module.name"
  std::vector<PickleIndex> items = {};  // tuple, list, set; persistent: the id
  // dict, and a record that represents a mapping: keys and values.
  std::vector<std::pair<PickleIndex, PickleIndex>> entries = {};
  // record: the tuple of arguments and the state that BUILD assigned. The tuple is not copied,
  // since a million calls may share it.
  PickleIndex arguments = kNoPickle, state = kNoPickle;
};

class Pickle {
 public:
  // Reads the pickle at the beginning of `bytes`. For messages, `name` is the file and `offset` the
  // position of `bytes` in it. Throws Error: invalid_data (malformed), unsupported (an opcode or
  // name that is not allowed for this use), limit_exceeded.
  Pickle(std::span<const uint8_t> bytes, const std::string& name, const PickleRules& rules,
         uint64_t offset = 0);

  const PickleNode& root() const { return nodes_[root_]; }
  PickleIndex count() const { return static_cast<PickleIndex>(nodes_.size()); }
  const PickleNode& operator[](PickleIndex index) const { return nodes_[index]; }
  // Returns the value of a text key, or null if there is none.
  const PickleNode* find(const PickleNode& dict, std::string_view key) const;
  // Throws unsupported for an opaque value that is needed. The message names the opcode, its
  // position and the name.
  [[noreturn]] void reject(const PickleNode& opaque) const;
  // Returns the name that an opaque value was made from: "numpy.core.multiarray.scalar".
  const std::string& unknown_name(const PickleNode& opaque) const;
  // Returns the length of the pickle in bytes; `bytes` may be longer.
  size_t size() const { return size_; }

 private:
  friend class PickleMachine;
  struct UnknownName {
    std::string name;
    uint8_t opcode;
    uint64_t offset;
  };

  std::string name_;  // of the file
  std::vector<PickleNode> nodes_;
  std::vector<UnknownName> unknown_;
  PickleIndex root_ = 0;
  size_t size_ = 0;
};

}  // namespace sightline
