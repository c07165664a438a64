#include "weights/torch_tensors.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "weights/state_dict.h"
#include "weights/torch_records.h"

namespace sightline {
namespace {

using Kind = PickleNode::Kind;

// Limits for TorchScript modules. Modules may share submodules, so a small file can describe a huge
// number of attribute paths.
constexpr int kMaxModuleDepth = 64;
constexpr size_t kMaxTensorName = 1024;
constexpr size_t kMaxVisits = 1'000'000;
constexpr size_t kMaxPathBytes = 64 << 20;  // total size of all attribute paths
constexpr size_t kMaxRank = 16;
constexpr uint64_t kMaxStorageElements = 1ULL << 48;

struct StorageType {
  std::string_view name, dtype;
};
constexpr std::array<StorageType, 13> kStorageTypes = {{{"FloatStorage", "F32"},
                                                        {"HalfStorage", "F16"},
                                                        {"BFloat16Storage", "BF16"},
                                                        {"DoubleStorage", "F64"},
                                                        {"LongStorage", "I64"},
                                                        {"IntStorage", "I32"},
                                                        {"ShortStorage", "I16"},
                                                        {"CharStorage", "I8"},
                                                        {"ByteStorage", "U8"},
                                                        {"BoolStorage", "BOOL"},
                                                        {"ComplexFloatStorage", "C64"},
                                                        {"ComplexDoubleStorage", "C128"},
                                                        // Of newer types; counted in bytes.
                                                        {"storage.UntypedStorage", "U8"}}};
constexpr std::array<std::string_view, 14> kDtypes = {
    "float32", "float16", "bfloat16", "float64", "half",  "float", "double",
    "int64",   "int32",   "int16",    "int8",    "uint8", "bool",  "long"};
bool is_storage(std::string_view name) {
  return std::any_of(kStorageTypes.begin(), kStorageTypes.end(),
                     [&](const StorageType& type) { return type.name == name; });
}

PickleUse use_of(std::string_view module, std::string_view name) {
  if (module == "collections" && name == "OrderedDict") return PickleUse::call;
  if (module == "torch._utils" &&
      (name == "_rebuild_tensor_v2" || name == "_rebuild_tensor" || name == "_rebuild_parameter" ||
       name == "_rebuild_parameter_with_state")) {
    return PickleUse::call;
  }
  if (module == "torch._tensor" && name == "_rebuild_from_type_v2") return PickleUse::call;
  if (module == "torch" && (name == "Size" || name == "device")) return PickleUse::call;
  if (module == "torch" &&
      (is_storage(name) || std::find(kDtypes.begin(), kDtypes.end(), name) != kDtypes.end())) {
    return PickleUse::value;
  }
  if (module == "torch.storage" && name == "UntypedStorage") return PickleUse::value;
  // Typed lists of TorchScript.
  if (module == "torch.jit._pickle") {
    for (const std::string_view known : {"build_intlist", "build_tensorlist", "build_doublelist",
                                         "build_boollist", "restore_type_tag"}) {
      if (name == known) return PickleUse::call;
    }
  }
  if (module == kScriptClasses ||
      (module.starts_with(kScriptClasses) && module[kScriptClasses.size()] == '.'))
    return PickleUse::instance;
  return PickleUse::unknown;
}

// Interprets records of a pickle as tensors and validates every part of them.
class Reader {
 public:
  Reader(const Pickle& pickle, const std::string& where) : pickle_(pickle), where_(where) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::invalid_data, "'", where_, "': ", what);
  }
  [[noreturn]] void exceed(const std::string& what) const {
    throw Error(ErrorCode::limit_exceeded, "'", where_, "': ", what);
  }

  const std::vector<PickleIndex>& arguments(const PickleNode& record, size_t min_count,
                                            const std::string& label) const {
    const auto& items = pickle_[record.arguments].items;
    if (items.size() < min_count)
      fail(label + " has " + std::to_string(items.size()) + " arguments; expected at least " +
           std::to_string(min_count));
    return items;
  }

  TorchStorage storage(const PickleNode& node, const std::string& label) const {
    if (node.kind == Kind::opaque) pickle_.reject(node);
    if (node.kind != Kind::persistent) fail(label + " has no storage");
    const PickleNode& id = pickle_[node.items[0]];
    const auto part = [&](size_t i) -> const PickleNode& { return pickle_[id.items[i]]; };
    if (id.kind != Kind::tuple || id.items.size() < 5 || part(0).text != "storage" ||
        part(1).kind != Kind::name || part(2).kind != Kind::text || part(4).kind != Kind::integer) {
      fail("the storage of " + label +
           " is not a tuple (\"storage\", type, key, location, elements)");
    }
    if (id.items.size() > 5 && part(5).kind != Kind::none)
      fail("the storage of " + label +
           " is a view of another storage (PyTorch before 0.4), which is not supported");
    const auto type =
        std::find_if(kStorageTypes.begin(), kStorageTypes.end(), [&](const StorageType& known) {
          return part(1).text == "torch." + std::string(known.name);
        });
    if (type == kStorageTypes.end())
      fail("the storage of " + label + " has the unknown type '" + part(1).text + "'");
    if (part(4).integer < 0 || static_cast<uint64_t>(part(4).integer) > kMaxStorageElements) {
      fail("the storage of " + label + " claims " + std::to_string(part(4).integer) + " elements");
    }
    return {part(2).text, std::string(type->dtype), static_cast<uint64_t>(part(4).integer)};
  }

  std::vector<int64_t> integers(const PickleNode& node, const std::string& label) const {
    // torch.Size(…) is a record whose argument is one tuple.
    const PickleNode& tuple = node.kind == Kind::record && node.text == "torch.Size"
                                  ? pickle_[arguments(node, 1, label)[0]]
                                  : node;
    if (tuple.kind != Kind::tuple && tuple.kind != Kind::list) fail(label + " are not a tuple");
    if (tuple.items.size() > kMaxRank)
      fail(label + " have more than " + std::to_string(kMaxRank) + " elements");
    std::vector<int64_t> result;
    for (const PickleIndex item : tuple.items) {
      if (pickle_[item].kind != Kind::integer || pickle_[item].integer < 0)
        fail(label + " are not non-negative integers");
      result.push_back(pickle_[item].integer);
    }
    return result;
  }

  TensorEntry tensor(const PickleNode& node, const std::string& name,
                     const StorageBytes& bytes) const {
    const std::string label = "tensor '" + name + "'";
    const auto& args = rebuild_arguments(node, label);
    const TorchStorage from = storage(pickle_[args[0]], label);
    TensorEntry entry;
    entry.dtype = from.dtype;
    entry.shape = integers(pickle_[args[2]], "the sizes of " + label);
    entry.strides = integers(pickle_[args[3]], "the strides of " + label);
    if (pickle_[args[1]].kind != Kind::integer || pickle_[args[1]].integer < 0)
      fail(label + " has an offset that is not a non-negative integer");
    if (entry.strides.size() != entry.shape.size())
      fail(label + " has " + std::to_string(entry.shape.size()) + " sizes and " +
           std::to_string(entry.strides.size()) + " strides");
    locate(entry, static_cast<uint64_t>(pickle_[args[1]].integer), from, label, bytes);
    return entry;
  }

 private:
  // Returns the arguments of the innermost call: a parameter contains a tensor, and a tensor with
  // attributes a function and its arguments.
  const std::vector<PickleIndex>& rebuild_arguments(const PickleNode& node,
                                                    const std::string& label) const {
    constexpr int kMaxCalls = 4;
    const PickleNode* record = &node;
    for (int i = 0; i < kMaxCalls; ++i) {
      if (record->text.starts_with("torch._utils._rebuild_tensor"))
        return arguments(*record, 4, label);
      if (record->text == "torch._tensor._rebuild_from_type_v2") {
        const auto& args = arguments(*record, 3, label);
        if (pickle_[args[0]].kind == Kind::opaque) pickle_.reject(pickle_[args[0]]);
        if (!pickle_[args[0]].text.starts_with("torch._utils._rebuild_tensor")) break;
        if (pickle_[args[2]].kind != Kind::tuple || pickle_[args[2]].items.size() < 4) break;
        return pickle_[args[2]].items;
      }
      record = &pickle_[arguments(*record, 1, label)[0]];  // a parameter's tensor
      if (record->kind == Kind::opaque) pickle_.reject(*record);
      if (!is_tensor(*record)) break;
    }
    fail(label + " is a parameter without a tensor");
  }

  // Sets entry.bytes to the tensor's bytes in its storage. `span` is the number of elements from
  // the first to the last, including gaps.
  void locate(TensorEntry& entry, uint64_t offset, const TorchStorage& from,
              const std::string& label, const StorageBytes& bytes) const {
    uint64_t count = 1, span = 1;
    bool overflow = false, empty = false, dense = true;
    uint64_t expected_stride = 1;
    for (size_t axis = entry.shape.size(); axis-- > 0;) {
      const auto extent = static_cast<uint64_t>(entry.shape[axis]),
                 stride = static_cast<uint64_t>(entry.strides[axis]);
      if (extent == 0) {
        empty = true;
        continue;
      }
      uint64_t reach = 0;
      overflow |= __builtin_mul_overflow(count, extent, &count) || count > kMaxStorageElements ||
                  __builtin_mul_overflow(extent - 1, stride, &reach) ||
                  __builtin_add_overflow(span, reach, &span);
      if (extent != 1 && stride != expected_stride) dense = false;
      expected_stride = count;
    }
    if (empty && !overflow) {
      entry.strides.clear();
      return;
    }
    // Checked for empty tensors too: multiplying their extents may overflow before reaching the
    // zero.
    if (overflow || offset > from.count || span > from.count - offset) {
      fail(label + " of shape " + shape_text(entry.shape) + " at element " +
           std::to_string(offset) + " is outside its storage '" + from.key + "' of " +
           std::to_string(from.count) + " elements");
    }
    if (count > span)
      fail(label + " of shape " + shape_text(entry.shape) +
           " repeats elements of its storage, which is not supported");
    if (dense) entry.strides.clear();
    const auto all = bytes(from);
    const uint64_t size = element_size(from.dtype);
    if (all.size() < from.size_bytes()) {
      fail("storage '" + from.key + "' of " + label + " has " + std::to_string(all.size()) +
           " bytes, but its " + std::to_string(from.count) + " elements need " +
           std::to_string(from.size_bytes()));
    }
    entry.bytes = all.subspan(offset * size, span * size);
  }

  const Pickle& pickle_;
  const std::string& where_;
};

using Entries = std::map<std::string, TensorEntry>;

// "an object of numpy.ndarray", for a value of a state dict that is not a tensor.
std::string kind_of(const Pickle& pickle, const PickleNode& node) {
  if (node.kind == Kind::opaque)
    return "an object made by '" + printable(pickle.unknown_name(node), 100) + "'";
  return is_mapping(node) ? "a dictionary" : "another object";
}

// Values that are not tensors are listed with their kind, since a model may need them.
void read_mapping(const Reader& reader, const Pickle& pickle, const PickleNode& mapping,
                  const StorageBytes& bytes, TorchTensors& out) {
  for (const auto& [key, value] : mapping.entries) {
    const PickleNode &name = pickle[key], &node = pickle[value];
    if (is_tensor(node)) {
      if (name.kind != Kind::text) reader.fail("a name in the state dict is not text");
      if (!out.entries.emplace(name.text, reader.tensor(node, name.text, bytes)).second)
        reader.fail("tensor '" + name.text + "' appears twice");
    } else if (name.kind == Kind::text) {
      out.others[name.text] = kind_of(pickle, node);
    }
  }
}

// Collects the tensors of a TorchScript module and its submodules.
class ModuleWalk {
 public:
  ModuleWalk(const Reader& reader, const Pickle& pickle, const StorageBytes& bytes,
             Entries& entries)
      : reader_(reader), pickle_(pickle), bytes_(bytes), entries_(entries) {}

  void visit(const PickleNode& module, const std::string& prefix, int depth) {
    if (depth > kMaxModuleDepth)
      reader_.fail("its modules are nested deeper than " + std::to_string(kMaxModuleDepth));
    if (module.state == kNoPickle) return;
    for (const auto& [key, value] : pickle_[module.state].entries) {
      if (++visits_ > kMaxVisits)
        reader_.fail("it has more than " + std::to_string(kMaxVisits) + " attributes");
      const PickleNode &name = pickle_[key], &node = pickle_[value];
      if (name.kind != Kind::text) reader_.fail("the name of an attribute is not text");
      // Names are untrusted, and the name of a module is part of the path of every submodule.
      if (prefix.size() + name.text.size() > kMaxTensorName) {
        reader_.fail("the path of an attribute has more than " + std::to_string(kMaxTensorName) +
                     " characters");
      }
      if (!is_tensor(node) && !is_script_module(node)) continue;
      path_bytes_ += prefix.size() + name.text.size() + 1;
      if (path_bytes_ > kMaxPathBytes) {
        reader_.exceed("the paths of its modules and tensors have more than " +
                       std::to_string(kMaxPathBytes) + " bytes in total");
      }
      const std::string path = prefix + name.text;
      if (is_tensor(node)) {
        if (!entries_.emplace(path, reader_.tensor(node, path, bytes_)).second)
          reader_.fail("tensor '" + path + "' appears twice");
      } else {
        visit(node, path + ".", depth + 1);
      }
    }
  }

 private:
  const Reader& reader_;
  const Pickle& pickle_;
  const StorageBytes& bytes_;
  Entries& entries_;
  size_t visits_ = 0, path_bytes_ = 0;
};

// Whether a persistent id is that of a class with its source code, which the legacy format stores
// for pickled modules, and not of a storage.
bool is_class(const Pickle& pickle, const PickleNode& persistent) {
  const PickleNode& id = pickle[persistent.items[0]];
  return id.kind == Kind::tuple && !id.items.empty() && pickle[id.items[0]].text == "module";
}

}  // namespace

const PickleRules& torch_pickle_rules() {
  static const PickleRules rules = {.use = use_of};
  return rules;
}

std::map<std::string, TorchStorage> torch_storages(const Pickle& pickle, const std::string& where) {
  const Reader reader(pickle, where);
  std::map<std::string, TorchStorage> found;
  for (PickleIndex i = 0; i < pickle.count(); ++i) {
    if (pickle[i].kind != Kind::persistent || is_class(pickle, pickle[i])) continue;
    TorchStorage storage = reader.storage(pickle[i], "a tensor");
    const auto [known, is_new] = found.try_emplace(storage.key, storage);
    if (!is_new && (known->second.dtype != storage.dtype || known->second.count != storage.count)) {
      reader.fail("storage '" + storage.key + "' has two contradicting descriptions");
    }
  }
  return found;
}

TorchTensors read_torch_tensors(const Pickle& pickle, const std::string& where,
                                const StorageBytes& bytes) {
  const Reader reader(pickle, where);
  TorchTensors out;
  if (is_script_module(pickle.root())) {
    ModuleWalk(reader, pickle, bytes, out.entries).visit(pickle.root(), "", 0);
    if (out.entries.empty()) reader.fail("it has no tensors");
  } else {
    read_mapping(reader, pickle, find_state_dict(pickle, where), bytes, out);
  }
  return out;
}

}  // namespace sightline
