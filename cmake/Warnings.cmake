# Third-party headers are system headers; what is left is ours and must be clean.
add_compile_options(-Wall -Wextra -Wnon-virtual-dtor -Woverloaded-virtual -Werror=return-type -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees dangling pointers and uninitialised members in coroutine frames and in Asio where there are none.
  add_compile_options(-Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()
