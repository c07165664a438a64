# Finds Apache Arrow C++ with Parquet: on the system, or in the pyarrow wheel that
# tools/fetch_arrow.sh unpacks. Sets SIGHTLINE_HAVE_ARROW and the target sightline_arrow_dep.
set(SIGHTLINE_HAVE_ARROW OFF)

find_package(Arrow CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
if(TARGET Arrow::arrow_shared AND TARGET Parquet::parquet_shared)
  add_library(sightline_arrow_dep INTERFACE)
  target_link_libraries(sightline_arrow_dep INTERFACE Parquet::parquet_shared Arrow::arrow_shared)
  set(SIGHTLINE_HAVE_ARROW ON)
  message(STATUS "Arrow ${ARROW_VERSION} from the system")
  return()
endif()

# Other build folders use what was fetched into build/deps.
file(GLOB candidates ${PROJECT_BINARY_DIR}/deps/pyarrow-*/complete
                     ${PROJECT_SOURCE_DIR}/build/deps/pyarrow-*/complete)
foreach(mark ${candidates})
  get_filename_component(folder ${mark} DIRECTORY)
  file(GLOB arrow_library ${folder}/lib/libarrow.so.*)
  file(GLOB parquet_library ${folder}/lib/libparquet.so.*)
  if(arrow_library AND parquet_library)
    add_library(sightline_arrow_dep INTERFACE)
    target_include_directories(sightline_arrow_dep SYSTEM INTERFACE ${folder}/include)
    target_link_libraries(sightline_arrow_dep INTERFACE ${parquet_library} ${arrow_library})
    # Installed next to the plugin, whose run path has $ORIGIN.
    install(FILES ${arrow_library} ${parquet_library} DESTINATION ${SIGHTLINE_PLUGIN_DIR} COMPONENT parquet)
    install(FILES ${folder}/LICENSE.txt ${folder}/NOTICE.txt
            DESTINATION ${CMAKE_INSTALL_DOCDIR}/arrow COMPONENT parquet)
    set(SIGHTLINE_HAVE_ARROW ON)
    message(STATUS "Arrow from ${folder}")
    return()
  endif()
endforeach()
