# Every library we use. The system's package comes first; where there is none, its sources are fetched; where neither gives
# the target, an error names the Debian package. scripts/setup.sh installs these packages.

include(FetchContent)
set(FETCHCONTENT_QUIET ON)

# isotherm_dependency(name target package [url]): `name` is find_package's.
function(isotherm_dependency name target package)
  find_package(${name} QUIET)
  if(NOT TARGET ${target} AND ARGC GREATER 3)
    message(STATUS "isotherm: ${target} is not installed (Debian package ${package}); fetching its sources")
    FetchContent_Declare(${name} URL ${ARGV3} DOWNLOAD_EXTRACT_TIMESTAMP ON)
    FetchContent_MakeAvailable(${name})
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "isotherm needs ${target}: install the Debian package ${package}")
  endif()
endfunction()

isotherm_dependency(CLI11 CLI11::CLI11 libcli11-dev https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz)
isotherm_dependency(tomlplusplus tomlplusplus::tomlplusplus libtomlplusplus-dev
                    https://github.com/marzer/tomlplusplus/archive/refs/tags/v3.4.0.tar.gz)
isotherm_dependency(nlohmann_json nlohmann_json::nlohmann_json nlohmann-json3-dev
                    https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz)
isotherm_dependency(Eigen3 Eigen3::Eigen libeigen3-dev https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz)
# Boost.Math is headers; Debian's Boost 1.74 has no component target for it.
isotherm_dependency(Boost Boost::headers libboost-dev)

isotherm_dependency(ZLIB ZLIB::ZLIB zlib1g-dev)
isotherm_dependency(hwy hwy::hwy libhwy-dev https://github.com/google/highway/archive/refs/tags/1.0.7.tar.gz)

# Without it --format hdf5 is refused, and nothing else changes.
if(NOT ISOTHERM_HDF5 STREQUAL OFF)
  enable_language(C)  # FindHDF5 asks the C compiler
  find_package(HDF5 QUIET COMPONENTS C HL)
  if(NOT TARGET hdf5::hdf5_hl AND ISOTHERM_HDF5 STREQUAL ON)
    message(FATAL_ERROR "isotherm: -DISOTHERM_HDF5=ON needs HDF5: install the Debian package libhdf5-dev")
  endif()
endif()

find_package(OpenMP REQUIRED COMPONENTS CXX)

# Runs over several processes: a module of its own (src/ranks), which the program opens when a launcher started it.
if(NOT ISOTHERM_MPI STREQUAL OFF)
  find_package(MPI QUIET COMPONENTS CXX)
  if(MPI_CXX_FOUND)
    set(ISOTHERM_MPI_FOUND ON)
  elseif(ISOTHERM_MPI STREQUAL ON)
    message(FATAL_ERROR "ISOTHERM_MPI=ON, but there is no MPI: install the Debian package libopenmpi-dev")
  endif()
endif()

if(ISOTHERM_TESTS)
  isotherm_dependency(GTest GTest::gtest_main libgtest-dev
                      https://github.com/google/googletest/archive/refs/tags/v1.14.0.tar.gz)

  # Tests that are scripts validate JSON. The first python3 on the PATH need not be the one with Debian's packages.
  function(isotherm_validates_json accepted python)
    execute_process(COMMAND ${python} -W ignore -c "import jsonschema" RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
    if(NOT status EQUAL 0)
      set(${accepted} FALSE PARENT_SCOPE)
    endif()
  endfunction()
  find_program(ISOTHERM_PYTHON python3 PATHS /usr/bin VALIDATOR isotherm_validates_json)
  if(NOT ISOTHERM_PYTHON)
    message(FATAL_ERROR "isotherm's tests need a python3 with jsonschema: install the Debian package python3-jsonschema")
  endif()
endif()

# The Python package: for the interpreter that pip builds for, else for Debian's, whose headers python3-dev has. An
# interpreter that was built without sanitizers cannot load a module with them.
if(ISOTHERM_PYTHON_MODULE STREQUAL ON OR (ISOTHERM_PYTHON_MODULE STREQUAL AUTO AND NOT ISOTHERM_SANITIZE))
  if(NOT DEFINED Python_EXECUTABLE AND EXISTS /usr/bin/python3)
    set(Python_EXECUTABLE /usr/bin/python3)
  endif()
  find_package(Python 3.10 QUIET COMPONENTS Interpreter Development.Module)
  if(Python_FOUND)
    find_package(pybind11 2.10 QUIET CONFIG)
  endif()
  if(Python_FOUND AND pybind11_FOUND)
    set(ISOTHERM_PYTHON_FOUND ON)
  elseif(ISOTHERM_PYTHON_MODULE STREQUAL ON)
    message(FATAL_ERROR "isotherm: -DISOTHERM_PYTHON_MODULE=ON needs the headers of Python 3.10 or later and pybind11: install "
                        "the Debian packages python3-dev and pybind11-dev")
  endif()
endif()
