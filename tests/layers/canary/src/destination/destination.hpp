#include "capture/capture.hpp"  // expect: layer
#include "change/batch.hpp"
#include "database/database.hpp"  // expect: layer
