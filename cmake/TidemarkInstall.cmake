# What `cmake --install` brings: the library, its headers, a CMake package, a pkg-config file.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tidemark)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS tidemark EXPORT tidemark-targets
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ ${PROJECT_BINARY_DIR}/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp")

# The tests that a destination of somebody else's must pass.
install(FILES ${PROJECT_SOURCE_DIR}/tests/support/destination_conformance.hpp
    DESTINATION ${CMAKE_INSTALL_DATADIR}/tidemark)

# find_package(tidemark)
install(EXPORT tidemark-targets NAMESPACE tidemark:: DESTINATION ${package_dir})

configure_package_config_file(
    ${CMAKE_CURRENT_LIST_DIR}/tidemark-config.cmake.in tidemark-config.cmake
    INSTALL_DESTINATION ${package_dir}
    NO_SET_AND_CHECK_MACRO)

write_basic_package_version_file(tidemark-config-version.cmake COMPATIBILITY SameMinorVersion)

install(
    FILES
        ${CMAKE_CURRENT_BINARY_DIR}/tidemark-config.cmake
        ${CMAKE_CURRENT_BINARY_DIR}/tidemark-config-version.cmake
        ${CMAKE_CURRENT_LIST_DIR}/FindZstd.cmake
    DESTINATION ${package_dir})

# pkg-config tidemark: the prefix is found from the place of the file, so the tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
    OUTPUT_VARIABLE prefix_from_pkgconfig)

# A shared library brings zstd along by itself.
set(pkgconfig_requires "sqlite3 >= 3.40")
if(NOT BUILD_SHARED_LIBS)
    string(APPEND pkgconfig_requires ", libzstd >= 1.4")
endif()

configure_file(${CMAKE_CURRENT_LIST_DIR}/tidemark.pc.in tidemark.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tidemark.pc DESTINATION ${pkgconfig_dir})
