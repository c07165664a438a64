# Manual pages and completion scripts, which are generated from the program's options, and the Debian packages
# (`make deb`; docs/decisions/0067-packages.md).
set(generated ${PROJECT_BINARY_DIR}/generated)
find_package(Python3 COMPONENTS Interpreter)
if(Python3_Interpreter_FOUND)
  set(completions ${generated}/completions)
  add_custom_command(OUTPUT ${generated}/stamp VERBATIM
    DEPENDS sightline_cli ${PROJECT_SOURCE_DIR}/packaging/generate.sh ${PROJECT_SOURCE_DIR}/packaging/man.py
    COMMAND sh ${PROJECT_SOURCE_DIR}/packaging/generate.sh $<TARGET_FILE:sightline_cli> ${generated}
      ${Python3_EXECUTABLE}
    COMMENT "Writing manual pages and completion scripts")
  add_custom_target(generated_documents ALL DEPENDS ${generated}/stamp)
  add_dependencies(program generated_documents)
  install(DIRECTORY ${generated}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program
    FILES_MATCHING PATTERN "*.1.gz")
  install(FILES ${completions}/sightline DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    COMPONENT program)
  install(FILES ${completions}/sightline.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
    COMPONENT program)
  # Debian's zsh reads /usr/share/zsh/vendor-completions, and site-functions below /usr/local only.
  install(CODE "
    set(folder site-functions)
    if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
      set(folder vendor-completions)
    endif()
    file(INSTALL ${completions}/_sightline DESTINATION \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${folder})
  " COMPONENT program)
else()
  message(STATUS "Without manual pages and completion scripts (python3)")
endif()

# Files of the packages alone are in components package_*, which `make install` does not install.
set(debian ${PROJECT_SOURCE_DIR}/packaging/debian)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/sightline.service DESTINATION lib/systemd/system
  COMPONENT package_program EXCLUDE_FROM_ALL)
install(FILES ${debian}/sightline.default RENAME sightline DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sightline/examples
  COMPONENT package_program EXCLUDE_FROM_ALL)
# emoji-words is not among them: its text tower is a download (tools/fetch_sentence_model.sh).
foreach(model emoji-baseline emoji-bert emoji-resnet emoji-rn emoji-vit-16 emoji-vit-8)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/${model} DESTINATION ${CMAKE_INSTALL_DATADIR}/sightline/models
    COMPONENT package_models EXCLUDE_FROM_ALL PATTERN training.png EXCLUDE)
endforeach()

# sightline_package(NAME PACKAGE SUMMARY TEXT): the Debian package of the components NAME and package_NAME.
set(CPACK_COMPONENTS_ALL)
macro(sightline_package name package summary text)
  string(TOUPPER ${name} upper)
  set(documents ${CMAKE_INSTALL_DATADIR}/doc/${package})
  install(FILES ${debian}/copyright ${generated}/changelog.gz DESTINATION ${documents}
    COMPONENT package_${name} EXCLUDE_FROM_ALL)
  if(EXISTS ${debian}/${package}.lintian-overrides)
    install(FILES ${debian}/${package}.lintian-overrides RENAME ${package}
      DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides COMPONENT package_${name} EXCLUDE_FROM_ALL)
  endif()
  foreach(component ${name} package_${name})
    string(TOUPPER ${component} upper_component)
    set(CPACK_COMPONENT_${upper_component}_GROUP group_${name})
    list(APPEND CPACK_COMPONENTS_ALL ${component})
  endforeach()
  set(CPACK_DEBIAN_GROUP_${upper}_DESCRIPTION "${summary}\n${text}")
  set(CPACK_DEBIAN_GROUP_${upper}_PACKAGE_NAME ${package})
  set(CPACK_DEBIAN_GROUP_${upper}_FILE_NAME DEB-DEFAULT)
endmacro()

set(same "(= ${PROJECT_VERSION})")
sightline_package(program sightline "search of images by text, and its evaluation"
  "Sightline loads CLIP-family models without Python, encodes images and texts,\nsearches libraries of images, serves them over HTTP, and measures how well\nmodels retrieve images.")
set(CPACK_DEBIAN_GROUP_PROGRAM_PACKAGE_DEPENDS "libsightline0 ${same}")
set(CPACK_DEBIAN_GROUP_PROGRAM_PACKAGE_RECOMMENDS "ca-certificates, fonts-dejavu-core, gnuplot-nox, sightline-models")
set(CPACK_DEBIAN_GROUP_PROGRAM_PACKAGE_SUGGESTS "fonts-wqy-microhei, libsightline0-parquet, libsightline0-torch")
set(CPACK_DEBIAN_GROUP_PROGRAM_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_GROUP_PROGRAM_PACKAGE_CONTROL_EXTRA "${debian}/postinst;${debian}/prerm;${debian}/postrm")
sightline_package(libraries libsightline0 "search of images by text: shared libraries"
  "The C++ library of Sightline, its C interface, and the plugins that read\nimage formats and metadata.")
set(CPACK_DEBIAN_GROUP_LIBRARIES_PACKAGE_SECTION libs)
configure_file(${debian}/libsightline0/shlibs.in ${generated}/shlibs @ONLY)
set(CPACK_DEBIAN_GROUP_LIBRARIES_PACKAGE_CONTROL_EXTRA "${debian}/libsightline0/triggers;${generated}/shlibs")
sightline_package(development libsightline-dev "search of images by text: development files"
  "Headers, CMake package and pkg-config files of Sightline's C++ and C\nlibraries.")
set(CPACK_DEBIAN_GROUP_DEVELOPMENT_PACKAGE_DEPENDS "libsightline0 ${same}")
set(CPACK_DEBIAN_GROUP_DEVELOPMENT_PACKAGE_SECTION libdevel)
sightline_package(models sightline-models "search of images by text: small models of emoji"
  "Six models that were trained on emoji, in /usr/share/sightline/models, to\ntry Sightline without a network, with reference values for 'sightline verify'.")
set(CPACK_DEBIAN_GROUP_MODELS_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_GROUP_MODELS_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_GROUP_MODELS_PACKAGE_ENHANCES sightline)
if(TARGET sightline_parquet)
  sightline_package(parquet libsightline0-parquet "search of images by text: Parquet data sets"
    "The plugin that reads and writes Parquet and Arrow files, with Apache Arrow's\nlibraries, of which this release has no package.")
  set(CPACK_DEBIAN_GROUP_PARQUET_PACKAGE_DEPENDS "libsightline0 ${same}")
  set(CPACK_DEBIAN_GROUP_PARQUET_PACKAGE_SECTION libs)
endif()
if(TARGET sightline_torch)
  sightline_package(torch libsightline0-torch "search of images by text: training with libtorch"
    "The plugin that trains and fine-tunes models, and the backend of libtorch.")
  set(CPACK_DEBIAN_GROUP_TORCH_PACKAGE_DEPENDS "libsightline0 ${same}")
  set(CPACK_DEBIAN_GROUP_TORCH_PACKAGE_SECTION libs)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sightline)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # else the first line of every description
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Sightline maintainers <maintainers@sightline.invalid>")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/debian/prepare.cmake)
include(CPack)
