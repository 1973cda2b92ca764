#include "change/effects.hpp"
#include "destination/destination.hpp"  // expect: layer
#include "sqlite/connection.hpp"
