/* Compiled as C99 and as C++ with all warnings as errors. It calls every kind of function. */
#include <sightline_c.h>
#include <stdio.h>
#include <string.h>

static int32_t stop(const sightline_progress* progress, void* user_data) {
  (void)progress;
  return *(const int32_t*)user_data;
}

int main(void) {
  sightline_error error;
  sightline_model_options options;
  sightline_model* model = NULL;
  const sightline_progress_fn progress = stop;
  int32_t never = 0;
  sightline_status status;

  if (progress(NULL, &never) != 0) return 1;
  status = sightline_model_options_init(&options, sizeof options, &error);
  if (status != SIGHTLINE_OK || error.message[0] != '\0') return 1;
  options.load_image_tower = 0;
  status = sightline_model_load("no such model", &options, &model, &error);
  if (status != SIGHTLINE_NOT_FOUND || error.status != status || model != NULL) return 1;
  if (strstr(error.message, "no such model") == NULL) return 1;
  sightline_model_free(model);
  printf("sightline %s: %s: %s\n", sightline_version(), sightline_status_name(status),
         error.message);
  return 0;
}
