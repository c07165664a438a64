// Encodes the images of a folder and prints the best hits for a text:
//
//   cc search_folder.c $(pkg-config --cflags --libs sightline_c) -o search_folder
//   ./search_folder MODEL FOLDER TEXT
//
// MODEL is a model directory, such as models/emoji-vit-16. Files that are not images are skipped.
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <sightline_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kHits = 5, kMostFiles = 10000 };

static sightline_error error;

static void check(sightline_status status) {
  if (status == SIGHTLINE_OK) return;
  fprintf(stderr, "%s: %s\n", sightline_status_name(status), error.message);
  exit(1);
}

static void* allocate(size_t count, size_t size) {
  void* memory = calloc(count > 0 ? count : 1, size);
  if (memory != NULL) return memory;
  fprintf(stderr, "there is not enough memory\n");
  exit(1);
}

// Writes the paths of the files of a folder to `paths`; returns their number.
static size_t list_files(const char* folder, char** paths) {
  DIR* directory = opendir(folder);
  struct dirent* entry;
  size_t count = 0;
  if (directory == NULL) {
    fprintf(stderr, "cannot open the folder '%s'\n", folder);
    exit(1);
  }
  while ((entry = readdir(directory)) != NULL && count < kMostFiles) {
    const size_t size = strlen(folder) + strlen(entry->d_name) + 2;
    if (entry->d_name[0] == '.') continue;
    paths[count] = allocate(size, 1);
    snprintf(paths[count++], size, "%s/%s", folder, entry->d_name);
  }
  closedir(directory);
  return count;
}

static void report(const sightline_failures* failures) {
  size_t count = 0, i;
  if (failures == NULL) return;
  check(sightline_failures_count(failures, &count, &error));
  for (i = 0; i < count; ++i) {
    sightline_failure failure;
    failure.struct_size = sizeof failure;
    check(sightline_failures_get(failures, i, &failure, &error));
    fprintf(stderr, "skipped: %s\n", failure.reason);
  }
}

int main(int argc, char** argv) {
  static char* paths[kMostFiles];
  sightline_model* model = NULL;
  sightline_model_info info;
  sightline_encoder* encoder = NULL;
  sightline_failures* failures = NULL;
  sightline_index* index = NULL;
  sightline_index_search_options options;
  int64_t rows[kHits];
  double similarities[kHits];
  float *images, *text;
  size_t count, dim, i;
  if (argc != 4) {
    fprintf(stderr, "usage: search_folder MODEL FOLDER TEXT\n");
    return 2;
  }
  check(sightline_model_load(argv[1], NULL, &model, &error));
  info.struct_size = sizeof info;
  check(sightline_model_get_info(model, &info, &error));
  dim = (size_t)info.embedding_dim;
  check(sightline_encoder_create(model, NULL, &encoder, &error));

  count = list_files(argv[2], paths);
  images = allocate(count * dim, sizeof *images);
  text = allocate(dim, sizeof *text);
  check(sightline_encoder_files(encoder, (const char* const*)paths, count, images, count * dim,
                                &failures, NULL, NULL, &error));
  report(failures);
  check(sightline_encoder_texts(encoder, (const char* const*)&argv[3], 1, text, dim, NULL, NULL,
                                NULL, &error));

  // Rows of skipped files are zero: their similarity is 0.
  check(sightline_index_view(images, (int64_t)count, (int64_t)dim, &index, &error));
  check(sightline_index_search_options_init(&options, sizeof options, &error));
  options.k = kHits;
  check(sightline_index_search(index, text, 1, (int64_t)dim, &options, rows, similarities, kHits,
                               &error));
  for (i = 0; i < kHits && rows[i] >= 0; ++i)
    printf("%7.4f  %s\n", similarities[i], paths[rows[i]]);

  sightline_index_free(index);
  sightline_failures_free(failures);
  sightline_encoder_free(encoder);
  sightline_model_free(model);
  for (i = 0; i < count; ++i) free(paths[i]);
  free(images);
  free(text);
  return 0;
}
