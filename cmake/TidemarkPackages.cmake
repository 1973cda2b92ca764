# `cpack -G DEB` in a build folder makes Debian packages: the shared library, what is needed to build with
# it, the command line tool, the extension. Configure with -DCMAKE_INSTALL_LIBDIR=lib/x86_64-linux-gnu
# to have them where Debian's own are.

set(CPACK_PACKAGE_NAME tidemark)
set(CPACK_PACKAGE_VENDOR tidemark)
set(CPACK_PACKAGE_CONTACT "tidemark contributors <maintainers@tidemark.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# tidemark_add_package(<component> NAME <name> SECTION <section> ABOUT <words> TEXT <sentence>
#     [DEPENDS <packages>] [RECOMMENDS <packages>])
macro(tidemark_add_package component)
    cmake_parse_arguments(package "" "NAME;SECTION;ABOUT;TEXT;DEPENDS;RECOMMENDS" "" ${ARGN})
    string(TOUPPER ${component} upper)
    list(APPEND CPACK_COMPONENTS_ALL ${component})
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package_NAME})
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${package_SECTION})
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${package_DEPENDS}")
    set(CPACK_DEBIAN_${upper}_PACKAGE_RECOMMENDS "${package_RECOMMENDS}")
    set(CPACK_COMPONENT_${upper}_DESCRIPTION
        "This is the ${package_ABOUT}. ${package_TEXT}")
    install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package_NAME} RENAME copyright
        COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

# The SONAME is part of the name, so that the next one can be installed beside it.
set(library_package libtidemark${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

set(CPACK_COMPONENTS_ALL "")
if(TARGET tidemark_shared OR BUILD_SHARED_LIBS)
    tidemark_add_package(library
        NAME ${library_package}
        SECTION libs
        ABOUT "shared library"
        TEXT "For programs in C and C++ that are linked with it.")
    tidemark_add_package(development
        NAME libtidemark-dev
        SECTION libdevel
        ABOUT "part for developers"
        TEXT "Headers for C and C++, the static library, and files for CMake and pkg-config."
        DEPENDS "${library_package} (= ${PROJECT_VERSION}), libsqlite3-dev (>= 3.40), libzstd-dev (>= 1.4)")
endif()
if(TARGET tidemark_cli)
    tidemark_add_package(tools
        NAME tidemark
        SECTION database
        ABOUT "command line tool"
        TEXT "Runs SQL on a database that is kept, looks at files at rest, restores from histories."
        RECOMMENDS "libsqlite3-mod-tidemark, sqlite3")
endif()
if(TARGET tidemark_extension)
    # It takes SQLite from its host, which no tool can see.
    tidemark_add_package(extension
        NAME libsqlite3-mod-tidemark
        SECTION libs
        ABOUT "SQLite extension"
        TEXT "For the sqlite3 shell, Python, and whatever loads extensions of SQLite."
        DEPENDS "libsqlite3-0 (>= 3.40)")
endif()

include(CPack)
