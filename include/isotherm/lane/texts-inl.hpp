// Every text over a lane, in the order of their needs. Included inside a lane's namespace.

// clang-format off
#include "isotherm/lane/common-inl.hpp"
#if ISOTHERM_DOUBLE
#include "isotherm/math/polynomials_double-inl.hpp"
#else
#include "isotherm/math/polynomials_float-inl.hpp"
#endif
#include "isotherm/math/elementary-inl.hpp"
#include "isotherm/random/philox-inl.hpp"
#include "isotherm/random/uniform-inl.hpp"
#include "isotherm/random/normal-inl.hpp"
#include "isotherm/random/sign-inl.hpp"
#include "isotherm/random/rows-inl.hpp"
#include "isotherm/random/permutation-inl.hpp"
#include "isotherm/random/shuffle-inl.hpp"
#include "isotherm/histogram/bin-inl.hpp"
#include "isotherm/loss/operations-inl.hpp"
// clang-format on
