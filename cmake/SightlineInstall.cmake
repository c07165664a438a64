include(CMakePackageConfigHelpers)
install(TARGETS sightline sightline_threads EXPORT sightlineTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS sightline_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
get_property(plugins GLOBAL PROPERTY SIGHTLINE_PLUGINS)
if(plugins)
  install(TARGETS ${plugins} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sightline DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT sightlineTargets NAMESPACE sightline:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sightline)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/sightlineConfig.cmake.in
  ${PROJECT_BINARY_DIR}/sightlineConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sightline)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sightlineConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sightlineConfig.cmake ${PROJECT_BINARY_DIR}/sightlineConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sightline)
