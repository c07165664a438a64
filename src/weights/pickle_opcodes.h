// Pickle opcodes of protocols 2 to 5: those that the reader supports, and the names of all of them
// for messages. Source: CPython Lib/pickletools.py.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sightline {

enum class PickleOpcode : uint8_t {
  mark = '(',
  stop = '.',
  pop = '0',
  pop_mark = '1',
  dup = '2',
  none = 'N',
  reduce = 'R',
  build = 'b',
  global = 'c',
  append = 'a',
  appends = 'e',
  set_item = 's',
  set_items = 'u',
  tuple = 't',
  empty_tuple = ')',
  empty_list = ']',
  empty_dict = '}',
  bin_int = 'J',
  bin_int1 = 'K',
  bin_int2 = 'M',
  bin_float = 'G',
  bin_string = 'T',
  short_bin_string = 'U',
  bin_unicode = 'X',
  bin_bytes = 'B',
  short_bin_bytes = 'C',
  bin_pers_id = 'Q',
  bin_get = 'h',
  long_bin_get = 'j',
  bin_put = 'q',
  long_bin_put = 'r',
  proto = 0x80,
  new_obj = 0x81,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  new_true = 0x88,
  new_false = 0x89,
  long1 = 0x8a,
  long4 = 0x8b,
  short_bin_unicode = 0x8c,
  bin_unicode8 = 0x8d,
  bin_bytes8 = 0x8e,
  empty_set = 0x8f,
  add_items = 0x90,
  frozen_set = 0x91,
  new_obj_ex = 0x92,
  stack_global = 0x93,
  memoize = 0x94,
  frame = 0x95,
  byte_array8 = 0x96,
};

// Returns the name of an opcode ("REDUCE"), or "?" if the byte is not an opcode.
std::string_view pickle_opcode_name(uint8_t code);

// Returns the position of an opcode for messages:
// "'x.bin' entry 'archive/data.pkl': opcode REDUCE (0x52 'R') at byte 7 ".
std::string pickle_location(const std::string& name, uint8_t opcode, uint64_t offset);

}  // namespace sightline
