# What `cmake --install` brings: the library, its headers, a CMake package, a pkg-config file.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tidemark)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(libraries tidemark)
if(TARGET tidemark_shared)
    list(APPEND libraries tidemark_shared)
endif()
install(TARGETS ${libraries} EXPORT tidemark-targets
    LIBRARY COMPONENT library NAMELINK_COMPONENT development
    ARCHIVE COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# `cmake --install --strip` leaves static libraries alone.
if(NOT BUILD_SHARED_LIBS AND CMAKE_STRIP)
    install(CODE "
        if(CMAKE_INSTALL_DO_STRIP)
            execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND ${CMAKE_STRIP} --strip-debug
                \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/libtidemark.a\")
        endif()"
        COMPONENT development)
endif()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ ${PROJECT_BINARY_DIR}/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")

# The tests that a destination of somebody else's must pass.
install(FILES ${PROJECT_SOURCE_DIR}/tests/support/destination_conformance.hpp
    DESTINATION ${CMAKE_INSTALL_DATADIR}/tidemark COMPONENT development)

# find_package(tidemark)
install(EXPORT tidemark-targets NAMESPACE tidemark::
    DESTINATION ${package_dir} COMPONENT development)

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
    DESTINATION ${package_dir} COMPONENT development)

# pkg-config tidemark: the prefix is found from the place of the file, so the tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
    OUTPUT_VARIABLE prefix_from_pkgconfig)

# A shared library brings along by itself what only the static one needs.
set(pkgconfig_requires "sqlite3 >= 3.40")
set(pkgconfig_requires_private "")
if(NOT BUILD_SHARED_LIBS AND NOT TARGET tidemark_shared)
    string(APPEND pkgconfig_requires ", libzstd >= 1.4")
elseif(NOT BUILD_SHARED_LIBS)
    set(pkgconfig_requires_private "libzstd >= 1.4")
endif()

configure_file(${CMAKE_CURRENT_LIST_DIR}/tidemark.pc.in tidemark.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tidemark.pc DESTINATION ${pkgconfig_dir} COMPONENT development)
