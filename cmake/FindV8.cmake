# Finds V8 and makes V8::V8. Order: V8_ROOT (variable or environment), .cache/v8 of deploy/setup, the system's libnode.
set(_v8_hints ${V8_ROOT} $ENV{V8_ROOT} ${CMAKE_SOURCE_DIR}/.cache/v8/usr ${CMAKE_SOURCE_DIR}/.cache/v8)
find_path(V8_INCLUDE_DIR v8.h HINTS ${_v8_hints} PATH_SUFFIXES include/node usr/include/node include
  NO_CMAKE_SYSTEM_PATH NO_CMAKE_ENVIRONMENT_PATH NO_SYSTEM_ENVIRONMENT_PATH)
find_path(V8_INCLUDE_DIR v8.h PATHS /usr/include/node)
get_filename_component(_v8_prefix "${V8_INCLUDE_DIR}/../.." ABSOLUTE)
find_library(V8_LIBRARY NAMES libnode.so.108 node HINTS ${_v8_prefix}
  PATH_SUFFIXES lib/${CMAKE_CXX_COMPILER_ARCHITECTURE_ID} lib/x86_64-linux-gnu lib/aarch64-linux-gnu lib)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(V8 REQUIRED_VARS V8_LIBRARY V8_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run deploy/setup, or set V8_ROOT")
if(V8_FOUND AND NOT TARGET V8::V8)
  add_library(V8::V8 SHARED IMPORTED)
  set_target_properties(V8::V8 PROPERTIES IMPORTED_LOCATION ${V8_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${V8_INCLUDE_DIR})
endif()
mark_as_advanced(V8_INCLUDE_DIR V8_LIBRARY)
