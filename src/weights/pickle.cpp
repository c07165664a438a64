#include "weights/pickle.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <unordered_map>

#include "base/little_endian.h"
#include "weights/pickle_opcodes.h"

namespace sightline {

using Kind = PickleNode::Kind;

// The stack machine that executes a pickle, without calling anything.
class PickleMachine {
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
  // "'x.bin' entry 'archive/data.pkl': opcode REDUCE (0x52 'R') at byte 7 "
  std::string location() const {
    char code[16];
    const bool printable = opcode_ > 0x20 && opcode_ < 0x7f;
    std::snprintf(code, sizeof code, printable ? "0x%02x '%c'" : "0x%02x", opcode_, opcode_);
    return name_ + ": opcode " + std::string(pickle_opcode_name(opcode_)) + " (" + code +
           ") at byte " + std::to_string(offset_ + opcode_at_) + " ";
  }
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
    if (list.kind != kind)
      fail("appends to something that is not a " +
           std::string(kind == Kind::list ? "list" : "set"));
    list.items.insert(list.items.end(), items.begin(), items.end());
  }
  void set_items(const std::vector<PickleIndex>& items) {
    PickleNode& dict = node(top());
    // A record may represent a mapping: collections.OrderedDict.
    if (dict.kind != Kind::dict && dict.kind != Kind::record)
      fail("sets items of something that is not a dictionary");
    if (items.size() % 2 != 0) fail("has a key without a value");
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
    if (rules_.use(module, name) == PickleUse::rejected) {
      reject("names " + shown_name(module + "." + name) +
             ", which is not on the list of names that a weights file may contain");
    }
    count_name_bytes(2 * (module.size() + name.size()));
    names_.emplace_back(module, name);
    push_new(PickleNode{.kind = Kind::name,
                        .integer = static_cast<int64_t>(names_.size() - 1),
                        .text = module + "." + name});
  }
  // Pushes the record of a REDUCE or NEWOBJ. `use` is the use that the name must be allowed for.
  void push_record(PickleUse use) {
    const PickleIndex arguments = pop(), callee = pop();
    const PickleNode& name = node(callee);
    if (name.kind != Kind::name) reject("calls something that is not a name");
    const auto& [module, leaf] = names_[static_cast<size_t>(name.integer)];
    if (rules_.use(module, leaf) != use)
      reject("calls " + shown_name(name.text) + ", which may not be called");
    if (node(arguments).kind != Kind::tuple) fail("has arguments that are not a tuple");
    count_name_bytes(name.text.size());
    push_new(PickleNode{.kind = Kind::record, .text = name.text, .arguments = arguments});
  }
  void build() {
    const PickleIndex state = pop();
    PickleNode& object = node(top());
    if (object.kind != Kind::record) reject("sets the state of something that is not an object");
    object.state = state;
  }
  void push_long(size_t size) {
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

  static std::string shown_name(const std::string& name) {
    std::string text = "'";
    for (const char c : name.substr(0, 100))
      text +=
          static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? '?' : c;
    return text + (name.size() > 100 ? "…'" : "'");
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

void PickleMachine::step() {
  switch (static_cast<PickleOpcode>(opcode_)) {
    case PickleOpcode::proto:
      if (const auto version = number<uint8_t>(); version < 2 || version > 5)
        reject("requires protocol " + std::to_string(version) + "; expected 2 to 5");
      break;
    case PickleOpcode::frame:
      if (number<uint64_t>() > bytes_.size() - at_)
        fail("has a frame beyond the end of the pickle");
      break;
    case PickleOpcode::stop:
      stop();
      break;
    case PickleOpcode::mark:
      marks_.push_back(stack_.size());
      if (marks_.size() > rules_.max_nodes)
        limit("more than " + std::to_string(rules_.max_nodes) + " marks");
      break;

    case PickleOpcode::none:
      push_new(Kind::none);
      break;
    case PickleOpcode::new_true:
    case PickleOpcode::new_false:
      push_new(PickleNode{.kind = Kind::boolean,
                          .integer = opcode_ == static_cast<uint8_t>(PickleOpcode::new_true)});
      break;
    case PickleOpcode::bin_int:
      push_integer(number<int32_t>());
      break;
    case PickleOpcode::bin_int1:
      push_integer(number<uint8_t>());
      break;
    case PickleOpcode::bin_int2:
      push_integer(number<uint16_t>());
      break;
    case PickleOpcode::long1:
      push_long(number<uint8_t>());
      break;
    case PickleOpcode::bin_float:
      push_real();
      break;
    case PickleOpcode::short_bin_string:
      push_text(Kind::text, string(number<uint8_t>()));
      break;
    case PickleOpcode::bin_string:
      push_text(Kind::text, string(number<uint32_t>()));
      break;
    case PickleOpcode::short_bin_unicode:
      push_text(Kind::text, string(number<uint8_t>()));
      break;
    case PickleOpcode::bin_unicode:
      push_text(Kind::text, string(number<uint32_t>()));
      break;
    case PickleOpcode::bin_unicode8:
      push_text(Kind::text, string(number<uint64_t>()));
      break;
    case PickleOpcode::short_bin_bytes:
      push_text(Kind::bytes, string(number<uint8_t>()));
      break;
    case PickleOpcode::bin_bytes:
      push_text(Kind::bytes, string(number<uint32_t>()));
      break;

    case PickleOpcode::empty_tuple:
      push_new(Kind::tuple);
      break;
    case PickleOpcode::empty_list:
      push_new(Kind::list);
      break;
    case PickleOpcode::empty_dict:
      push_new(Kind::dict);
      break;
    case PickleOpcode::empty_set:
      push_new(Kind::set);
      break;
    case PickleOpcode::tuple:
      push_items(Kind::tuple, pop_to_mark());
      break;
    case PickleOpcode::tuple1:
      push_tuple(1);
      break;
    case PickleOpcode::tuple2:
      push_tuple(2);
      break;
    case PickleOpcode::tuple3:
      push_tuple(3);
      break;
    case PickleOpcode::append: {
      const PickleIndex item = pop();
      append({item}, Kind::list);
      break;
    }
    case PickleOpcode::appends: {
      const auto items = pop_to_mark();
      append(items, Kind::list);
      break;
    }
    case PickleOpcode::add_items: {
      const auto items = pop_to_mark();
      append(items, Kind::set);
      break;
    }
    case PickleOpcode::set_item: {
      const PickleIndex value = pop(), key = pop();
      set_items({key, value});
      break;
    }
    case PickleOpcode::set_items: {
      const auto items = pop_to_mark();
      set_items(items);
      break;
    }

    case PickleOpcode::bin_put:
      memoize(number<uint8_t>());
      break;
    case PickleOpcode::long_bin_put:
      memoize(number<uint32_t>());
      break;
    case PickleOpcode::memoize:
      memoize(static_cast<uint32_t>(memo_.size()));
      break;
    case PickleOpcode::bin_get:
      recall(number<uint8_t>());
      break;
    case PickleOpcode::long_bin_get:
      recall(number<uint32_t>());
      break;

    case PickleOpcode::global: {
      const std::string module = line(), name = line();
      push_name(module, name);
      break;
    }
    case PickleOpcode::stack_global:
      push_global_from_stack();
      break;
    case PickleOpcode::reduce:
      push_record(PickleUse::call);
      break;
    case PickleOpcode::new_obj:
      push_record(PickleUse::instance);
      break;
    case PickleOpcode::build:
      build();
      break;
    case PickleOpcode::bin_pers_id: {
      const PickleIndex id = pop();
      push_items(Kind::persistent, {id});
      break;
    }
    default:
      reject("is not on the list of opcodes that a weights file may contain");
  }
}

Pickle::Pickle(std::span<const uint8_t> bytes, const std::string& name, const PickleRules& rules,
               uint64_t offset) {
  PickleMachine(bytes, name, rules, offset, *this).run();
}

const PickleNode* Pickle::find(const PickleNode& dict, std::string_view key) const {
  const PickleNode* found = nullptr;
  for (const auto& [name, value] : dict.entries) {
    if (nodes_[name].kind == Kind::text && nodes_[name].text == key)
      found = &nodes_[value];  // the last one wins, as in Python
  }
  return found;
}

}  // namespace sightline
