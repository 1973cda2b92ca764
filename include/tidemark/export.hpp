#pragma once

/// Marks what a shared library of tidemark shows; everything else is hidden.
#define TIDEMARK_EXPORT __attribute__((visibility("default")))
