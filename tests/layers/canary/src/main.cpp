#include "database/database.hpp"  // expect: folder
