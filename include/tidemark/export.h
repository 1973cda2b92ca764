#ifndef TIDEMARK_EXPORT_H
#define TIDEMARK_EXPORT_H

/** Marks what a shared library of tidemark shows; everything else is hidden. */
#define TIDEMARK_EXPORT __attribute__((visibility("default")))

#endif
