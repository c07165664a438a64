# sightline_module(NAME [FOLDERS ...] DEPS ...): builds src/<NAME>/*.cpp and src/<NAME>/<FOLDER>/*.cpp as
# the static library sl_<NAME> ('/' in NAME becomes '_'). libsightline contains all modules. Tests link
# only the modules that they test, so a module that depends on a higher layer does not link.
function(sightline_module name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;DEPS" ${ARGN})
  string(REPLACE "/" "_" target "sl_${name}")
  set(sources)
  foreach(folder . ${ARG_FOLDERS})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/${folder}/*.cpp)
    list(APPEND sources ${found})
  endforeach()
  if(NOT sources)
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target} INTERFACE ${ARG_DEPS})
    return()
  endif()
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC sightline_flags ${ARG_DEPS})
  set_property(GLOBAL APPEND PROPERTY SIGHTLINE_MODULES ${target})
endfunction()

# sightline_embed(TARGET HEADER FUNCTION FILES...): adds to TARGET a generated source that defines FUNCTION,
# declared in HEADER (src/MODULE/FOLDER/x.h): it returns the content of FILES, which are in HEADER's folder.
function(sightline_embed target header function)
  get_filename_component(folder ${header} DIRECTORY)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/src/${folder}/ OUTPUT_VARIABLE files)
  list(JOIN files "|" joined)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${folder}/${function}.cpp)
  set(script ${PROJECT_SOURCE_DIR}/cmake/EmbedText.cmake)
  add_custom_command(OUTPUT ${out} DEPENDS ${files} ${script} VERBATIM
    COMMAND ${CMAKE_COMMAND} -D OUT=${out} -D HEADER=${header} -D FUNCTION=${function} -D "FILES=${joined}"
      -P ${script})
  target_sources(${target} PRIVATE ${out})
endfunction()

# sightline_test(NAME SOURCES ... LIBS ... [LABELS ...] [TIMEOUT seconds]): builds the GoogleTest program
# build/tests/NAME, which is one CTest case. Tests read fixtures from SIGHTLINE_SOURCE_DIR and, if it
# exists, from SIGHTLINE_SHARED_DIR.
function(sightline_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} sightline_flags GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)  # faster to build; the library has -O3
  target_compile_definitions(${name} PRIVATE
    SIGHTLINE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    SIGHTLINE_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared"
    SIGHTLINE_PROGRAM="${PROJECT_BINARY_DIR}/sightline")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 900)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
    ENVIRONMENT "OPENBLAS_NUM_THREADS=2")
endfunction()
