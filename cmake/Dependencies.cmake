# Every library we use: the system's package first, its sources (FetchContent) where there is none, and an error that
# names the Debian package where neither gives the target.

include(FetchContent)
set(FETCHCONTENT_QUIET ON)

function(isotherm_require target package)
  if(NOT TARGET ${target})
    message(FATAL_ERROR "isotherm needs ${target}: install the Debian package ${package}, or let CMake fetch it (network)")
  endif()
endfunction()

FetchContent_Declare(CLI11 URL https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz FIND_PACKAGE_ARGS)
FetchContent_Declare(tomlplusplus URL https://github.com/marzer/tomlplusplus/archive/refs/tags/v3.4.0.tar.gz FIND_PACKAGE_ARGS)
FetchContent_Declare(nlohmann_json URL https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz FIND_PACKAGE_ARGS)
FetchContent_Declare(Eigen3 URL https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz FIND_PACKAGE_ARGS)
FetchContent_MakeAvailable(CLI11 tomlplusplus nlohmann_json Eigen3)
isotherm_require(CLI11::CLI11 libcli11-dev)
isotherm_require(tomlplusplus::tomlplusplus libtomlplusplus-dev)
isotherm_require(nlohmann_json::nlohmann_json nlohmann-json3-dev)
isotherm_require(Eigen3::Eigen libeigen3-dev)

# Boost.Math is headers; Debian's Boost 1.74 has no component target for it.
find_package(Boost 1.74 REQUIRED)
isotherm_require(Boost::headers libboost-dev)

# Highway: Debian ships pkg-config files only.
find_package(PkgConfig REQUIRED)
pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)
isotherm_require(PkgConfig::HWY libhwy-dev)

find_package(OpenMP REQUIRED COMPONENTS CXX)

if(ISOTHERM_TESTS)
  find_package(GTest REQUIRED)
  isotherm_require(GTest::gtest_main libgtest-dev)
endif()
