# Run by CPack before it packs the files. Strips Arrow's libraries, which are installed as they are in the wheel, and
# removes the run paths of what is in the system's folder of libraries; the Parquet plugin keeps that of its own folder.
file(GLOB_RECURSE files LIST_DIRECTORIES false ${CPACK_TEMPORARY_DIRECTORY}/*)
foreach(file ${files})
  if(file MATCHES "/lib(arrow|parquet)\\.so")
    execute_process(COMMAND strip --strip-unneeded ${file} COMMAND_ERROR_IS_FATAL ANY)
  endif()
  if(file MATCHES "/bin/sightline$|/lib[^/]*\\.so[^/]*$" AND NOT IS_SYMLINK "${file}" AND
     NOT file MATCHES "/lib(arrow|parquet)\\.so")
    if(file MATCHES "/libsightline_parquet\\.so$")
      file(RPATH_CHANGE FILE "${file}" OLD_RPATH "$ORIGIN/..:$ORIGIN" NEW_RPATH "$ORIGIN")
    else()
      file(RPATH_REMOVE FILE "${file}")
    endif()
  endif()
endforeach()
