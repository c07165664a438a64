# Finds all external libraries. Optional ones set SIGHTLINE_HAVE_<X>.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
# Debian's dnnl-config.cmake requires OpenCL's development files, which the CPU engine does not need.
find_path(DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)
add_library(sightline_dnnl_dep UNKNOWN IMPORTED)
set_target_properties(sightline_dnnl_dep PROPERTIES IMPORTED_LOCATION ${DNNL_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${DNNL_INCLUDE_DIR} INTERFACE_LINK_LIBRARIES OpenMP::OpenMP_CXX)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n data)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(TIFF REQUIRED)
find_package(GIF REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(CURL REQUIRED)
find_package(Freetype REQUIRED)
find_package(LibArchive REQUIRED)
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp libwebpdemux)
pkg_check_modules(HARFBUZZ REQUIRED IMPORTED_TARGET harfbuzz)
pkg_check_modules(PANGOCAIRO REQUIRED IMPORTED_TARGET pangocairo)
if(SIGHTLINE_TESTS)
  find_package(GTest REQUIRED)
endif()

# libtorch: TorchConfig.cmake of Debian's libtorch-dev works only with additional packages, so headers
# and libraries are searched for directly.
set(SIGHTLINE_HAVE_TORCH OFF)
if(NOT SIGHTLINE_WITH_TORCH STREQUAL "OFF")
  find_path(TORCH_INCLUDE_DIR torch/script.h)
  find_path(TORCH_API_INCLUDE_DIR torch/torch.h PATH_SUFFIXES torch/csrc/api/include)
  find_library(TORCH_LIBRARY torch_cpu)
  find_library(C10_LIBRARY c10)
  if(TORCH_INCLUDE_DIR AND TORCH_API_INCLUDE_DIR AND TORCH_LIBRARY AND C10_LIBRARY)
    set(SIGHTLINE_HAVE_TORCH ON)
    add_library(sightline_torch_dep INTERFACE)
    target_include_directories(sightline_torch_dep SYSTEM INTERFACE
      ${TORCH_INCLUDE_DIR} ${TORCH_API_INCLUDE_DIR})
    target_link_libraries(sightline_torch_dep INTERFACE ${TORCH_LIBRARY} ${C10_LIBRARY})
  elseif(SIGHTLINE_WITH_TORCH STREQUAL "ON")
    message(FATAL_ERROR "SIGHTLINE_WITH_TORCH is ON, but libtorch was not found (Debian: libtorch-dev)")
  endif()
endif()

# Arrow: from the system, or the library inside the pinned pyarrow wheel that
# tools/fetch_arrow.sh unpacks into deps/.
set(SIGHTLINE_HAVE_ARROW OFF)
if(NOT SIGHTLINE_WITH_ARROW STREQUAL "OFF")
  include(FindSightlineArrow OPTIONAL)
  if(NOT SIGHTLINE_HAVE_ARROW AND SIGHTLINE_WITH_ARROW STREQUAL "ON")
    message(FATAL_ERROR "SIGHTLINE_WITH_ARROW is ON, but Apache Arrow was not found "
      "(run tools/fetch_arrow.sh, or install libarrow-dev and libparquet-dev)")
  endif()
endif()
message(STATUS "Features: torch ${SIGHTLINE_HAVE_TORCH}, parquet ${SIGHTLINE_HAVE_ARROW}")
