// The values that the pickle reader accepts, and the pickles that it rejects.
#include "weights/pickle.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include "weights/torch_tensors.h"

namespace sightline {
namespace {

using Kind = PickleNode::Kind;

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

Pickle read(const std::string& content, const PickleRules& rules = torch_pickle_rules()) {
  return Pickle(bytes_of(content), "'x.pt'", rules);
}

std::string error_message(const std::string& content, ErrorCode code,
                          const PickleRules& rules = torch_pickle_rules()) {
  try {
    read(content, rules);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

std::string text_of(const std::string& text) {
  return std::string("U") + static_cast<char>(text.size()) + text;
}

TEST(PickleReader, ReadsValues) {
  // ((), [1, -2, 300], {"a": None, "b": True}, 2.5, -1 as LONG1, b"x")
  const std::string content = std::string("\x80\x02(", 3) + ")](K\x01J\xfe\xff\xff\xff" +
                              std::string("M\x2c\x01", 3) + "e}(" + text_of("a") + "N" +
                              text_of("b") + "\x88u" + std::string("G\x40\x04\0\0\0\0\0\0", 9) +
                              "\x8a\x01\xff" + "C\x01xt.";
  const Pickle pickle = read(content);
  EXPECT_EQ(pickle.size(), content.size());
  const PickleNode& root = pickle.root();
  ASSERT_EQ(root.kind, Kind::tuple);
  ASSERT_EQ(root.items.size(), 6u);
  EXPECT_EQ(pickle[root.items[0]].kind, Kind::tuple);
  const auto& list = pickle[root.items[1]].items;
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(pickle[list[1]].integer, -2);
  EXPECT_EQ(pickle[list[2]].integer, 300);
  EXPECT_EQ(pickle.find(pickle[root.items[2]], "b")->integer, 1);
  EXPECT_EQ(pickle.find(pickle[root.items[2]], "c"), nullptr);
  EXPECT_EQ(pickle[root.items[3]].real, 2.5);
  EXPECT_EQ(pickle[root.items[4]].integer, -1);
  EXPECT_EQ(pickle[root.items[5]].kind, Kind::bytes);
}

TEST(PickleReader, CallsBecomeRecords) {
  const Pickle pickle = read(
      "\x80\x02"
      "ccollections\nOrderedDict\n)R(" +
      text_of("k") + "K\x07u}b.");
  EXPECT_EQ(pickle.root().kind, Kind::record);
  EXPECT_EQ(pickle.root().text, "collections.OrderedDict");
  EXPECT_EQ(pickle.find(pickle.root(), "k")->integer, 7);
  EXPECT_EQ(pickle[pickle.root().state].kind, Kind::dict);
}

// Returns the message for a pickle without a state dict.
std::string state_dict_error(const std::string& content) {
  try {
    read_torch_tensors(read(content), "x.pt",
                       [](const TorchStorage&) { return std::span<const uint8_t>(); });
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

// Objects of classes that the reader does not know: a scalar of numpy, a set, an object that
// extends a dictionary and one that extends a list, one made with keywords, and the result of
// calling the result of a call. None of them is anything but opaque.
TEST(PickleReader, UnknownNamesAreOpaque) {
  for (const std::string content :
       {"cnumpy.core.multiarray\nscalar\n)R", "c__builtin__\nset\n](K\1K\2e\x85R",
        "ca\nDict\n)\x81(K\1K\2u", "ca\nList\n)R(K\1e", "ca\nList\n)RK\1a", "ca\nSet\n)R(K\1\x90",
        "ca\nB\n)}\x92}b", "c__builtin__\ngetattr\n)R)R", "ca\nB\n"}) {
    const Pickle pickle = read("}" + text_of("k") + content + "s.");
    const PickleNode* value = pickle.find(pickle.root(), "k");
    ASSERT_NE(value, nullptr) << content;
    EXPECT_EQ(value->kind, Kind::opaque) << content;
    EXPECT_EQ(value->text, "") << content;
    EXPECT_NE(pickle.unknown_name(*value).find('.'), std::string::npos);
  }
}

TEST(PickleReader, ReadsOpcodesOfOtherObjects) {
  // (frozenset((1,)), bytearray(b"ab"), 1 << 64 as LONG4), after DUP, POP and POP_MARK
  const Pickle pickle = read(std::string("(K\1\x91\x96\2\0\0\0\0\0\0\0ab", 15) +
                             std::string("\x8b\x09\0\0\0\0\0\0\0\0\0\0\0\1", 14) + "20(NN1(0\x87.");
  const auto& items = pickle.root().items;
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(pickle[items[0]].kind, Kind::set);
  EXPECT_EQ(pickle[items[1]].text, "ab");
  EXPECT_EQ(pickle[items[2]].kind, Kind::big_integer);
}

// The first pickle is that of an object whose __reduce__ returns (os.system, ("…",)).
TEST(PickleReader, RejectsMaliciousPicklesInOneSentence) {
  const auto rejected = [](const std::string& content) {
    return error_message(content, ErrorCode::unsupported);
  };
  const auto not_read = [](const std::string& content) { return state_dict_error(content); };
  std::string text = not_read(
      "\x80\x02"
      "cposix\nsystem\n" +
      text_of("touch /tmp/owned") + "\x85R.");
  expect_part(
      text,
      "'x.pt': opcode GLOBAL (0x63 'c') at byte 2 names 'posix.system', which is not on the list");
  expect_part(text, "nothing was executed");
  expect_part(not_read("cos\nsystem\n" + text_of("ls") + "\x85R."), "'os.system'");
  expect_part(not_read("cbuiltins\neval\n" + text_of("1") + "\x85R."), "'builtins.eval'");
  expect_part(not_read("c__builtin__\nexec\n" + text_of("1") + "\x85R."), "'__builtin__.exec'");
  expect_part(not_read("csubprocess\nPopen\n)R."), "'subprocess.Popen'");
  expect_part(not_read("ctorch.storage\n_load_from_bytes\n)R."),
              "'torch.storage._load_from_bytes'");
  expect_part(not_read("ctorch\nload\n)R."), "'torch.load'");
  expect_part(not_read("ctorch._utils\n_rebuild_tensor_v2.__globals__\n."),
              "names 'torch._utils._rebuild_tensor_v2.__globals__'");
  // Protocol 4 takes names from the stack.
  const std::string name = std::string("\x8c\x05posix") + "\x8c\x06system";
  text = not_read("\x80\x04" + name + "\x93" + text_of("ls") + "\x85R.");
  expect_part(text, "opcode STACK_GLOBAL (0x93) at byte 17 names 'posix.system'");
  // Old opcodes that call a function without REDUCE.
  expect_part(rejected("(" + text_of("ls") + "ios\nsystem\n."),
              "opcode INST (0x69 'i') at byte 5 is not on the list");
  expect_part(rejected("(cos\nsystem\no."), "opcode OBJ");
  expect_part(rejected("(ccollections\nOrderedDict\no."),
              "opcode OBJ (0x6f 'o') at byte 26 is not on the list");
  expect_part(rejected("\x82\x01."), "opcode EXT1 (0x82) at byte 0");
  expect_part(rejected("}}}\x92."), "opcode NEWOBJ_EX (0x92) at byte 3 passes keywords");
  expect_part(rejected(std::string("\x01")), "opcode ? (0x01) at byte 0");
}

TEST(PickleReader, AllowedNamesHaveOneUse) {
  const auto rejected = [](const std::string& content) {
    return error_message(content, ErrorCode::unsupported);
  };
  // A type is not a function, a function is not a class, and a value is neither.
  expect_part(rejected("ctorch\nFloatStorage\n)R."),
              "calls 'torch.FloatStorage', which may not be called");
  expect_part(rejected("c__torch__.a\nB\n)R."), "calls '__torch__.a.B'");
  expect_part(rejected("ccollections\nOrderedDict\n)\x81."), "calls 'collections.OrderedDict'");
  expect_part(rejected("K\x01)R."), "calls something that is not a name");
  expect_part(rejected("ccollections\nOrderedDict\n)R)R."), "calls something that is not a name");
  expect_part(rejected("}}b."), "sets the state of something that is not an object");
  expect_part(rejected("ctorch\nFloatStorage\n}b."), "sets the state");
  expect_part(state_dict_error("c__torch__evil\nB\n)\x81."), "'__torch__evil.B'");
  expect_part(state_dict_error("ctorch.jit._pickle\neval\n."), "'torch.jit._pickle.eval'");
}

TEST(PickleReader, RejectsMalformedPickles) {
  const auto broken = [](const std::string& content) {
    return error_message(content, ErrorCode::invalid_data);
  };
  expect_part(broken(""), "truncated at byte 0");
  expect_part(broken("("), "truncated");
  expect_part(broken("."), "ends with 0 values");
  expect_part(broken("NN."), "ends with 2 values");
  expect_part(broken("(N."), "ends with 1 values");
  expect_part(broken("t."), "has no mark");
  expect_part(broken("(\x85."), "pops a value from an empty stack");
  expect_part(broken("N(\x85."),
              "pops a value from an empty stack");  // values below the mark are out of reach
  expect_part(broken("h\x05."), "recalls object 5, which was never memoized");
  expect_part(broken("NNa."), "appends to something that is not a list");
  expect_part(broken("](K\x01K\x02u."), "sets items of something");
  expect_part(broken("}(Nu."), "has a key without a value");
  expect_part(broken("cos"), "truncated");
  expect_part(broken("q\x01."), "needs a value on the stack");
  expect_part(broken(std::string("\x80\x04\x95\xff\0\0\0\0\0\0\0.", 12)),
              "has a frame beyond the end");
  expect_part(error_message("\x80\x01.", ErrorCode::unsupported), "protocol 1");
  expect_part(broken("ccollections\nOrderedDict\nNR."), "arguments that are not a tuple");
}

TEST(PickleReader, ChecksLimitsBeforeAllocating) {
  PickleRules rules = torch_pickle_rules();
  rules.max_nodes = 100;
  rules.max_string = 1000;
  expect_part(error_message(std::string(101, 'N') + ".", ErrorCode::limit_exceeded, rules),
              "more than 100 objects");
  expect_part(error_message(std::string(101, '(') + ".", ErrorCode::limit_exceeded, rules),
              "more than 100 marks");
  expect_part(
      error_message(std::string("X\xff\xff\xff\x7f", 5) + "a", ErrorCode::limit_exceeded, rules),
      "a string of 2147483647 bytes");
  std::string memo = "N";
  for (int i = 0; i < 101; ++i)
    memo += std::string("r") + static_cast<char>(i) + std::string(3, '\0');
  expect_part(error_message(memo + ".", ErrorCode::limit_exceeded, rules),
              "more than 100 memoized objects");
  rules.max_bytes = 10;
  expect_part(error_message("N" + std::string(20, 'q'), ErrorCode::limit_exceeded, rules),
              "larger than 10 bytes");
}

// Every use copies a name: a file of 7 MB must not turn one long name into terabytes.
TEST(PickleReader, LimitsTheTotalSizeOfNames) {
  const std::string name(1 << 20, 'm');
  const std::string size("\0\0\x10\0", 4);
  const std::string texts =
      std::string("U\x09__torch__q\0", 13) + "X" + size + name + std::string("q\1", 2);
  std::string globals = texts, calls = texts + std::string("h\0h\1\x93q\2)q\3", 10);
  for (int i = 0; i < 900'000; ++i) globals += std::string("h\0h\1\x93", 5);
  for (int i = 0; i < 900'000; ++i) calls += std::string("h\2h\3\x81", 5);
  expect_part(error_message(globals + ".", ErrorCode::limit_exceeded),
              "names of more than 67108864 bytes");
  expect_part(error_message(calls + ".", ErrorCode::limit_exceeded),
              "names of more than 67108864 bytes");
}

// Twenty modules, each containing the next one twice: a million paths of hundreds of bytes each.
TEST(PickleReader, LimitsTheTotalSizeOfModulePaths) {
  const std::string names = text_of(std::string(40, 'a')) + std::string("q\0", 2) +
                            text_of(std::string(40, 'b')) + std::string("q\1", 2);
  const std::string both =
      std::string("}h\0h\4sh\1h\4sb", 12);  // the last module, under both names
  std::string content =
      std::string("c__torch__\nM\nq\2()q\3", 19) + names + std::string("h\2h\3\x81}bq\4", 9);
  for (int i = 0; i < 20; ++i)
    content += std::string("h\2h\3\x81", 5) + both + std::string("q\4", 2);
  const Pickle pickle = read(content + "t\x81" + both + ".");
  try {
    read_torch_tensors(pickle, "x.pt",
                       [](const TorchStorage&) { return std::span<const uint8_t>(); });
    FAIL() << "no error was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
    expect_part(error.what(), "paths of its modules and tensors have more than 67108864 bytes");
  }
}

// 2^62 * 4 * 0 is 0, but multiplying from the left overflows before it reaches the zero.
TEST(PickleReader, LimitsTheExtentsOfEmptyTensors) {
  const std::string huge("\x8a\x08\0\0\0\0\0\0\0\x40", 10);
  const auto state = [](const std::string& shape) {
    return std::string(
               "}U\1wctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\1") +
           "0U\3cpuK\1tQ" + std::string("K\0(", 3) + shape + "t(K\1K\1K\1t\x89}tRs.";
  };
  const auto tensors = [](const std::string& content) {
    const Pickle pickle = read(content);
    return read_torch_tensors(pickle, "x.pt",
                              [](const TorchStorage&) { return std::span<const uint8_t>(); });
  };
  EXPECT_EQ(tensors(state(std::string("K\2K\4K\0", 6))).entries.at("w").shape,
            (std::vector<int64_t>{2, 4, 0}));
  EXPECT_THROW(tensors(state(huge + std::string("K\4K\0", 4))), Error);
}

// Lists nested deeper than any call stack, and a value that contains itself.
TEST(PickleReader, DeepAndCyclicValuesNeedNoRecursion) {
  std::string deep = "]";
  for (int i = 0; i < 300'000; ++i) deep += "]";
  for (int i = 0; i < 300'000; ++i) deep += "a";
  EXPECT_EQ(read(deep + ".").root().kind, Kind::list);
  const Pickle cyclic = read(std::string("]q\0h\0a.", 7));
  EXPECT_EQ(&cyclic[cyclic.root().items[0]], &cyclic.root());
}

// A large tuple that is the argument of many calls must not be copied for each call.
TEST(PickleReader, CallsShareArguments) {
  std::string content =
      "(" + std::string(1000, 'N') + std::string("tq\0", 3) + "ccollections\nOrderedDict\nq\1](";
  for (int i = 0; i < 100'000; ++i) content += std::string("h\1h\0R", 5);
  const Pickle pickle = read("(" + content + "et.");
  EXPECT_EQ(pickle.root().items.size(), 3u);
}

}  // namespace
}  // namespace sightline
