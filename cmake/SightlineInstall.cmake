include(CMakePackageConfigHelpers)
# The components are the binary packages of SightlinePackages.cmake.
install(TARGETS sightline sightline_threads sightline_c EXPORT sightlineTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libraries NAMELINK_COMPONENT development)
install(TARGETS sightline_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
get_property(plugins GLOBAL PROPERTY SIGHTLINE_PLUGINS)
foreach(plugin ${plugins})
  set(component libraries)
  if(plugin MATCHES "^sightline_(torch|parquet)$")
    set(component ${CMAKE_MATCH_1})
  endif()
  install(TARGETS ${plugin} LIBRARY DESTINATION ${SIGHTLINE_PLUGIN_DIR} COMPONENT ${component})
endforeach()
add_dependencies(program sightline_c)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sightline DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/c/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT sightlineTargets NAMESPACE sightline:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sightline
  COMPONENT development)
# Not directly in the build folder: find_package() also searches the folders of PATH, and would find the
# file there without its targets.
file(REMOVE ${PROJECT_BINARY_DIR}/sightlineConfig.cmake ${PROJECT_BINARY_DIR}/sightlineConfigVersion.cmake)
set(package_folder ${PROJECT_BINARY_DIR}/package)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/sightlineConfig.cmake.in
  ${package_folder}/sightlineConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sightline)
write_basic_package_version_file(${package_folder}/sightlineConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${package_folder}/sightlineConfig.cmake ${package_folder}/sightlineConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sightline COMPONENT development)
# For pkg-config. Relative to the file's own folder, so that the installed tree can be moved.
file(RELATIVE_PATH SIGHTLINE_PREFIX_FROM_PKGCONFIG /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
foreach(name sightline sightline_c)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${package_folder}/${name}.pc @ONLY)
  install(FILES ${package_folder}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endforeach()
