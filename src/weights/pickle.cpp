#include "weights/pickle.h"

#include <sightline/error.h>

#include "base/text.h"
#include "weights/pickle_machine.h"

namespace sightline {

using Kind = PickleNode::Kind;

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
    case PickleOpcode::long4: {
      const auto size = number<int32_t>();
      if (size < 0) fail("has a negative length");
      push_long(static_cast<uint64_t>(size));
      break;
    }
    case PickleOpcode::bin_bytes8:
    case PickleOpcode::byte_array8:
      push_text(Kind::bytes, string(number<uint64_t>()));
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
    case PickleOpcode::frozen_set:
      push_items(Kind::set, pop_to_mark());
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

    case PickleOpcode::pop:
      pop_or_unmark();
      break;
    case PickleOpcode::pop_mark:
      pop_to_mark();
      break;
    case PickleOpcode::dup:
      push(top());
      break;

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
    case PickleOpcode::new_obj_ex:
      push_record(PickleUse::instance, true);
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
               uint64_t offset)
    : name_(name) {
  PickleMachine(bytes, name, rules, offset, *this).run();
}

void Pickle::reject(const PickleNode& opaque) const {
  const UnknownName& unknown = unknown_[static_cast<size_t>(opaque.integer)];
  throw Error(ErrorCode::unsupported, pickle_location(name_, unknown.opcode, unknown.offset),
              "names ", "'", printable(unknown.name, kMaxShownName), "'",
              ", which is not on the list of names that a weights file may contain; nothing was "
              "executed");
}

const std::string& Pickle::unknown_name(const PickleNode& opaque) const {
  return unknown_[static_cast<size_t>(opaque.integer)].name;
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
