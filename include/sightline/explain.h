// Explanations of a similarity: where in an image a text is found, which words contribute, what the
// model did not see, and which captions are nearest to the image. All functions are thread-safe.
#pragma once

#include <sightline/encode.h>
#include <sightline/image.h>
#include <sightline/model.h>
#include <sightline/progress.h>
#include <sightline/search.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Which parts of the image are hidden to measure how the similarity changes. Both methods treat the
// model as a function of its input, so they apply to every model family.
//   occlusion  a square window at every position of the grid, one at a time.
//              Source: Zeiler, Fergus: Visualizing and Understanding Convolutional Networks (2014)
//   rise       random smooth masks that hide half of the image.
//              Source: Petsiuk, Das, Saenko: RISE (2018)
enum class MaskMethod { occlusion, rise };

// The values that replace hidden pixels.
//   mean  the mean colour of the preprocessed image
//   blur  the image itself, blurred until shapes of the size of a window are gone
enum class MaskFill { mean, blur };

// "occlusion", "rise"; "mean", "blur". The parsers throw invalid_argument for another name, listing
// all.
std::string_view mask_method_name(MaskMethod method);
std::string_view mask_fill_name(MaskFill fill);
MaskMethod parse_mask_method(std::string_view name);
MaskFill parse_mask_fill(std::string_view name);

struct ExplainOptions {
  MaskMethod method = MaskMethod::occlusion;
  MaskFill fill = MaskFill::mean;
  int cells = 0;            // side of the heat map, 2 to 64; 0: default_cells(model)
  int window = 0;           // occlusion: side of the window in cells; 0: three eighths of `cells`
  int64_t masks = 1000;     // rise: number of masks, 2 to 1,000,000; times cells^2, up to 2^26
  uint64_t seed = 0;        // of rise
  int64_t batch_size = 32;  // images per batch, 1 to 4096
  int64_t max_words = 512;  // of the text; each costs a text to encode
  ImageLimits limits = {};
  ProgressFn progress = {};  // one stage, which counts encoded images
};

// A (rows, columns) grid of values over the square image that the model receives, row-major.
struct HeatMap {
  int rows = 0;
  int columns = 0;
  std::vector<float> values;

  float at(int row, int column) const {
    return values[static_cast<size_t>(row) * static_cast<size_t>(columns) +
                  static_cast<size_t>(column)];
  }
};

// A rectangle in pixels of the decoded image. It may exceed the image where the model's input is
// padded.
struct ImageRegion {
  double left = 0, top = 0, width = 0, height = 0;
};

// A word, separated by white space, and by how much the similarity falls if it is left out.
// Negative where the similarity rises.
struct WordContribution {
  std::string word;
  double contribution = 0;
  size_t term = 0;  // of the query
};

struct Explanation {
  double similarity = 0;  // cosine
  // By how much the similarity falls if the cell is hidden, on average over the masks. Negative
  // where hiding raises the similarity.
  HeatMap heat;
  int64_t encodings = 0;      // images that were encoded, the cost of the map
  std::vector<float> vector;  // of the image, (D), as the image tower returns it

  int width = 0, height = 0;  // of the decoded image, in the orientation that the model sees
  int orientation = 1;        // of the image's metadata, 1..8, that the model did not apply
  ImageRegion input;          // the region of the image that `heat` covers
  ImageRegion seen;           // `input` without padding: the part of the image that the model saw
  double cut_share = 0;       // share of the image's pixels outside `seen`

  std::vector<WordContribution> words;
  // explain(), if the text is longer than the model's context: the part of it that was encoded.
  // Words outside it have no influence.
  std::optional<std::string> kept_text;
  // explain_query(): as QueryHits::parts.
  std::vector<int64_t> parts;
};

// Explains the similarity of an image file and a text. `name` identifies the image in messages. The
// model needs both towers. The result depends only on the arguments, not on the batch size, except
// in the last bits.
// Cost: the images of Explanation::encodings (occlusion: (cells + window - 1)^2 + 1; rise:
// masks + 1), and a text per word.
// Throws the errors of decode_raster and preprocess_pixels; invalid_argument for options out of
// range and for a text without words or with too many; unsupported if the model lacks a tower;
// invalid_data if a vector has NaN or infinity, or no direction; what `progress` throws.
Explanation explain(const Model& model, std::span<const uint8_t> image, const std::string& name,
                    const std::string& text, const ExplainOptions& options = {});

// Explains the similarity of an image file and a query, as a search of `collection` has it: with
// all terms and their weights, and `correction`, if any, for texts. The filter has no influence.
// Words are those of terms that are texts; a term is left out with its last word.
// Throws as explain() does, and what search_collection throws for the query's terms.
Explanation explain_query(const Collection& collection, const Model& model,
                          std::span<const uint8_t> image, const std::string& name,
                          const Query& query, const TextCorrection* correction = nullptr,
                          const ExplainOptions& options = {});

// Returns the explanation in the orientation of the image's metadata, for drawing over the upright
// image.
Explanation upright_explanation(Explanation explanation);

struct NearCaption {
  std::string text;
  double similarity = 0;  // cosine
};

struct NearestCaptions {
  std::vector<NearCaption> captions;  // nearest first, of equal ones in input order
  int64_t compared = 0;               // different captions
};

// Returns the k captions whose vectors have the largest cosines with an image's: `image`, (D), any
// length. Captions that are blank or repeated do not count. The vectors come from the embedding
// cache of `options` where it has them. Throws invalid_argument for k below 1 or another size of
// `image`; invalid_data if it has NaN or infinity, or no direction; what encode_text_rows throws.
NearestCaptions nearest_captions(std::span<const std::string> captions, const Model& model,
                                 std::span<const float> image, int k,
                                 const EncodeOptions& options = {});

// Return the captions of a collection's images: of all, in row order; and of the `images` whose
// vectors are nearest to `image`, (D), nearest first, at most `captions` texts. Throw what
// Collection::items and VectorIndex::search throw.
std::vector<std::string> captions_of(const Collection& collection);
std::vector<std::string> captions_near(const Collection& collection, std::span<const float> image,
                                       int images, size_t captions);

// Returns the heat map of one vector, such as a text's. `pixels`: (3, S, S) f32, as for
// Model::encode_pixels. `target`: D elements, any length. Throws as explain() does.
HeatMap heat_map(const Model& model, std::span<const float> pixels, std::span<const float> target,
                 const ExplainOptions& options = {});

// Returns the side of the heat map: the patches of a vision transformer, merged or split to between
// 7 and 16; for other towers 14, or 8 if the input has less than 160 pixels.
int default_cells(const ModelInfo& model);

// Returns the part of a width x height image that a model input of (S, S) shows, padding included.
// Throws the errors of preprocess_pixels about sizes.
ImageRegion input_region(int width, int height, const PreprocessSpec& spec);

}  // namespace sightline
