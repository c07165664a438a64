// The stack machine that interprets a pickle (pickle.h). Not for other files than pickle.cpp.
#pragma once

#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/little_endian.h"
#include "base/text.h"
#include "weights/pickle.h"
#include "weights/pickle_opcodes.h"

namespace sightline {

// Names in messages are truncated to this many bytes.
inline constexpr size_t kMaxShownName = 100;

// Executes a pickle without calling anything.
class PickleMachine {
  using Kind = PickleNode::Kind;

 public:
  PickleMachine(std::span<const uint8_t> bytes, const std::string& name, const PickleRules& rules,
                uint64_t offset, Pickle& out)
      : bytes_(bytes), name_(name), rules_(rules), offset_(offset), out_(out) {}

  void run() {
    while (!stopped_) {
      opcode_at_ = at_;
      if (at_ > rules_.max_bytes)
        limit("the pickle is larger than " + std::to_string(rules_.max_bytes) + " bytes");
      opcode_ = take(1)[0];
      step();
    }
    out_.size_ = at_;
  }

 private:
  std::string location() const { return pickle_location(name_, opcode_, offset_ + opcode_at_); }
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::invalid_data, location(), what);
  }
  [[noreturn]] void reject(const std::string& what) const {
    throw Error(ErrorCode::unsupported, location(), what, "; nothing was executed");
  }
  [[noreturn]] void limit(const std::string& what) const {
    throw Error(ErrorCode::limit_exceeded, name_, ": ", what);
  }

  std::span<const uint8_t> take(uint64_t count) {
    if (count > bytes_.size() - at_) {
      throw Error(ErrorCode::invalid_data, name_, ": the pickle is truncated at byte ",
                  offset_ + bytes_.size());
    }
    const auto part = bytes_.subspan(at_, count);
    at_ += count;
    return part;
  }
  template <typename T>
  T number() {
    return read_little<T>(take(sizeof(T)), 0);
  }

  std::string string(uint64_t size) {
    if (size > rules_.max_string)
      limit("a string of " + std::to_string(size) + " bytes at byte " +
            std::to_string(offset_ + opcode_at_) + "; expected at most " +
            std::to_string(rules_.max_string));
    const auto part = take(size);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  std::string line() {
    const auto rest = bytes_.subspan(at_);
    const auto end = std::find(rest.begin(), rest.end(), uint8_t{'\n'});
    const std::string text = string(static_cast<uint64_t>(end - rest.begin()));
    take(1);
    return text;
  }

  PickleNode& node(PickleIndex index) { return out_.nodes_[index]; }
  PickleIndex add(PickleNode value) {
    if (out_.nodes_.size() >= rules_.max_nodes)
      limit("more than " + std::to_string(rules_.max_nodes) + " objects");
    out_.nodes_.push_back(std::move(value));
    return static_cast<PickleIndex>(out_.nodes_.size() - 1);
  }
  void push(PickleIndex index) { stack_.push_back(index); }
  void push_new(Kind kind) { push_new(PickleNode{.kind = kind}); }
  void push_new(PickleNode value) { push(add(std::move(value))); }
  void push_integer(int64_t value) {
    push_new(PickleNode{.kind = Kind::integer, .integer = value});
  }
  void push_text(Kind kind, std::string text) {
    push_new(PickleNode{.kind = kind, .text = std::move(text)});
  }

  // Opcodes may pop values above the last mark, never those below it.
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleIndex pop() {
    if (stack_.size() <= floor()) fail("pops a value from an empty stack");
    const PickleIndex top = stack_.back();
    stack_.pop_back();
    return top;
  }
  PickleIndex top() {
    if (stack_.size() <= floor()) fail("needs a value on the stack");
    return stack_.back();
  }
  std::vector<PickleIndex> pop_to_mark() {
    if (marks_.empty()) fail("has no mark");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleIndex> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  void push_items(Kind kind, std::vector<PickleIndex> items) {
    push_new(PickleNode{.kind = kind, .items = std::move(items)});
  }
  void push_tuple(size_t count) {
    std::vector<PickleIndex> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    push_items(Kind::tuple, std::move(items));
  }

  void memoize(uint32_t key) {
    memo_[key] = top();
    if (memo_.size() > rules_.max_nodes)
      limit("more than " + std::to_string(rules_.max_nodes) + " memoized objects");
  }
  void recall(uint32_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end())
      fail("recalls object " + std::to_string(key) + ", which was never memoized");
    push(found->second);
  }

  void append(std::vector<PickleIndex> items, Kind kind) {
    PickleNode& list = node(top());
    if (list.kind == Kind::opaque) return;  // an object that extends a list or set
    if (list.kind != kind)
      fail("appends to something that is not a " +
           std::string(kind == Kind::list ? "list" : "set"));
    list.items.insert(list.items.end(), items.begin(), items.end());
  }
  void set_items(const std::vector<PickleIndex>& items) {
    PickleNode& dict = node(top());
    if (items.size() % 2 != 0) fail("has a key without a value");
    if (dict.kind == Kind::opaque) return;  // an object that extends a dictionary
    // A record may represent a mapping: collections.OrderedDict.
    if (dict.kind != Kind::dict && dict.kind != Kind::record)
      fail("sets items of something that is not a dictionary");
    for (size_t i = 0; i < items.size(); i += 2) dict.entries.emplace_back(items[i], items[i + 1]);
  }

  // Limits the total size of names. Every use copies the name and costs only a few bytes of the
  // file, so one long name could otherwise exhaust memory.
  void count_name_bytes(uint64_t size) {
    name_bytes_ += size;
    if (name_bytes_ > rules_.max_bytes)
      limit("names of more than " + std::to_string(rules_.max_bytes) + " bytes in total");
  }

  void push_name(const std::string& module, const std::string& name) {
    count_name_bytes(2 * (module.size() + name.size()));
    if (rules_.use(module, name) == PickleUse::unknown) {
      return push_opaque(add_unknown(module + "." + name));
    }
    names_.emplace_back(module, name);
    push_new(PickleNode{.kind = Kind::name,
                        .integer = static_cast<int64_t>(names_.size() - 1),
                        .text = module + "." + name});
  }
  int64_t add_unknown(std::string name) {
    out_.unknown_.push_back({std::move(name), opcode_, offset_ + opcode_at_});
    return static_cast<int64_t>(out_.unknown_.size() - 1);
  }
  // `unknown`: the index of its name.
  void push_opaque(int64_t unknown) {
    push_new(PickleNode{.kind = Kind::opaque, .integer = unknown});
  }
  // Pushes the record of a REDUCE, NEWOBJ or NEWOBJ_EX. `use` is the use that the name must be
  // allowed for. An object made from an opaque value is opaque.
  void push_record(PickleUse use, bool has_keywords = false) {
    if (has_keywords) pop();
    const PickleIndex arguments = pop(), callee = pop();
    const PickleNode& name = node(callee);
    if (name.kind == Kind::opaque) return push_opaque(name.integer);
    // The legacy format stores the classes of pickled modules by persistent id.
    if (name.kind == Kind::persistent) return push_opaque(add_unknown("a pickled module"));
    if (has_keywords) reject("passes keywords to something that may not have them");
    if (name.kind != Kind::name) reject("calls something that is not a name");
    const auto& [module, leaf] = names_[static_cast<size_t>(name.integer)];
    if (rules_.use(module, leaf) != use)
      reject("calls '" + printable(name.text, kMaxShownName) + "', which may not be called");
    if (node(arguments).kind != Kind::tuple) fail("has arguments that are not a tuple");
    count_name_bytes(name.text.size());
    push_new(PickleNode{.kind = Kind::record, .text = name.text, .arguments = arguments});
  }
  void build() {
    const PickleIndex state = pop();
    PickleNode& object = node(top());
    if (object.kind == Kind::opaque) return;
    if (object.kind != Kind::record) reject("sets the state of something that is not an object");
    object.state = state;
  }
  void pop_or_unmark() {
    if (marks_.empty() || stack_.size() > marks_.back()) {
      pop();
    } else {
      marks_.pop_back();  // as in Python, POP may also remove a mark
    }
  }
  void push_long(uint64_t size) {
    const std::string digits = string(size);
    if (size > 8) return push_text(Kind::big_integer, digits);
    uint64_t value = size > 0 && (digits.back() & 0x80) != 0 ? ~uint64_t{0} : 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(digits[i]);
    push_integer(static_cast<int64_t>(value));
  }
  void push_real() {
    uint64_t bits = 0;
    for (const uint8_t byte : take(8)) bits = bits << 8 | byte;
    PickleNode value{.kind = Kind::real};
    std::memcpy(&value.real, &bits, 8);
    push_new(std::move(value));
  }
  void push_global_from_stack() {
    const PickleNode name = node(pop()), module = node(pop());
    if (name.kind != Kind::text || module.kind != Kind::text) fail("has a name that is not text");
    push_name(module.text, name.text);
  }
  void stop() {
    if (!marks_.empty() || stack_.size() != 1)
      fail("ends with " + std::to_string(stack_.size()) + " values on the stack; expected one");
    out_.root_ = stack_.back();
    stopped_ = true;
  }

  void step();

  std::span<const uint8_t> bytes_;
  const std::string& name_;
  const PickleRules& rules_;
  uint64_t offset_;
  Pickle& out_;
  size_t at_ = 0, opcode_at_ = 0;
  uint8_t opcode_ = 0;
  bool stopped_ = false;
  std::vector<PickleIndex> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint32_t, PickleIndex> memo_;
  std::vector<std::pair<std::string, std::string>> names_;
  uint64_t name_bytes_ = 0;
};

}  // namespace sightline
