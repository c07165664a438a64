// Tokenizer and TokenIds.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>
#include <sightline/tokenizer.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "bindings.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace sightline::python {

void bind_tokenizer(nb::module_& module) {
  nb::class_<TokenIds>(module, "TokenIds", "The tokens of a text.")
      .def(
          "__init__",
          [](TokenIds* memory, std::vector<int32_t> ids) {
            new (memory) TokenIds{std::move(ids), false, {}};
          },
          "ids"_a, "Tokens that were made elsewhere: start token, tokens of the text, end token.")
      .def_ro("ids", &TokenIds::ids, "Ids: start token, tokens of the text, end token.")
      .def_ro("truncated", &TokenIds::truncated, "Whether the text was cut to context_length.")
      .def_ro("kept_text", &TokenIds::kept_text,
              "If truncated: the part of the cleaned text that was kept; otherwise empty.")
      .def("__len__", [](const TokenIds& tokens) { return tokens.ids.size(); });

  nb::class_<Tokenizer>(module, "Tokenizer",
                        "CLIP's byte-pair encoding or BERT's WordPiece. Thread-safe.")
      .def_static(
          "load",
          [](const std::filesystem::path& path, int context_length) {
            const nb::gil_scoped_release released;
            return load_tokenizer(path, context_length);
          },
          "path"_a, "context_length"_a = 0,
          "Loads the tokenizer of a model directory, a tokenizer.json, a vocab.txt or OpenAI's "
          "vocabulary file. context_length 0: 77 for CLIP, 512 for BERT.")
      .def("encode", &Tokenizer::encode, "text"_a,
           "Returns the tokens of a text, at most context_length of them.")
      .def("token", &Tokenizer::token, "id"_a,
           "Returns the readable form of a token, with '</w>' at the end of a word.")
      .def("find", &Tokenizer::find, "token"_a,
           "Returns the id of a token as the vocabulary spells it, or -1.")
      .def_prop_ro("start_id", &Tokenizer::start_id, "Id of the start token.")
      .def_prop_ro("end_id", &Tokenizer::end_id, "Id of the end token.")
      .def_prop_ro("vocab_size", &Tokenizer::vocab_size, "Number of tokens.")
      .def_prop_ro("context_length", &Tokenizer::context_length, "Largest number of ids.")
      .def_prop_ro(
          "profile", [](const Tokenizer& tokenizer) { return profile_name(tokenizer.profile()); },
          "Text cleaning: 'openai', 'hf' or 'wordpiece'.")
      .def_prop_ro("fingerprint", &Tokenizer::fingerprint,
                   "SHA-256 of everything that determines token ids, hex.");
}

}  // namespace sightline::python
