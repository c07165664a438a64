#include "train/torch/task.h"

#include "train/torch/classification_task.h"
#include "train/torch/contrastive_task.h"
#include "train/torch/masked_words_task.h"

namespace sightline {

std::unique_ptr<Task> make_task(const TaskContext& context) {
  if (std::holds_alternative<BertConfig>(context.recipe.model))
    return make_masked_words_task(context);
  if (std::holds_alternative<ResnetConfig>(context.recipe.model))
    return make_classification_task(context);
  return make_contrastive_task(context);
}

}  // namespace sightline
