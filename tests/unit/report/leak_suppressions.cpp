// fontconfig and Pango keep caches for the life of the process (the same 50 KB however many grids
// are drawn); LeakSanitizer calls some of them leaks. Only sanitizer builds ever call this.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\nleak:libpango\n";
}
