// What the experiment needs of a model. The real one wraps Model and Encoder; tests bring a fake.
#pragma once

#include <sightline/encoder.h>
#include <sightline/model.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace sightline {

class DualEncoder {
 public:
  virtual ~DualEncoder() = default;
  virtual const ModelInfo& info() const = 0;
  virtual std::string image_profile() const = 0;  // a line that names the way from bytes to pixels
  virtual std::string text_profile() const = 0;   // a line that names the way from text to ids
  virtual Computation computation() const = 0;
  virtual std::string precision_choice() const { return ""; }  // why the precision was chosen
  // Unit rows; inputs that failed carry a reason.
  virtual EncodedImages encode_images(std::span<const ImageInput> inputs) = 0;
  virtual Matrix encode_texts(std::span<const std::string> texts) = 0;
  // Whether the model sees only the beginning of this text.
  virtual bool cuts(const std::string& text) const = 0;
};

std::unique_ptr<DualEncoder> load_pair_encoder(const std::filesystem::path& directory,
                                               const ModelOptions& options, int64_t batch_size,
                                               std::string precision_choice = "");

}  // namespace sightline
