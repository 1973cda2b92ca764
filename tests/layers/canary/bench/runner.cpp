#include "capture/capture.hpp"  // expect: layer

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>
