// fontconfig and Pango keep caches until the process exits (about 50 KB, independent of the number
// of grids); LeakSanitizer reports some of them as leaks. Called in sanitizer builds only.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\nleak:libpango\n";
}
