# TIDEMARK_SANITIZE=address,undefined or =thread: every finding ends the program.

if(TIDEMARK_SANITIZE)
    add_compile_options(
        -fsanitize=${TIDEMARK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${TIDEMARK_SANITIZE})
endif()
