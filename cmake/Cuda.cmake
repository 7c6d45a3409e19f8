# The CUDA engine: isotherm_engine_cuda. With the toolkit (compiler, driver and NVRTC headers) it is the real one, which
# opens driver and NVRTC at run time; without, or with ISOTHERM_CUDA=OFF, a file that says why there is none. A language
# must be enabled above every target that links it, so the top-level list includes this file.
include_guard(GLOBAL)

set(ISOTHERM_HAVE_CUDA FALSE)
if(ISOTHERM_CUDA STREQUAL "OFF")
  set(ISOTHERM_NO_CUDA_REASON "this isotherm was built with ISOTHERM_CUDA=OFF")
else()
  include(CheckLanguage)
  check_language(CUDA)
  find_package(CUDAToolkit QUIET)
  if(NOT CMAKE_CUDA_COMPILER)
    set(ISOTHERM_NO_CUDA_REASON "this isotherm was built without a CUDA compiler (nvcc)")
  elseif(NOT CUDAToolkit_FOUND OR NOT EXISTS "${CUDAToolkit_INCLUDE_DIRS}/nvrtc.h")
    set(ISOTHERM_NO_CUDA_REASON "this isotherm was built without the CUDA toolkit's headers (cuda.h, nvrtc.h)")
  else()
    set(ISOTHERM_HAVE_CUDA TRUE)
  endif()
  if(ISOTHERM_CUDA STREQUAL "ON" AND NOT ISOTHERM_HAVE_CUDA)
    message(FATAL_ERROR "ISOTHERM_CUDA=ON, but no CUDA compiler or toolkit was found: set CUDACXX to nvcc, or use ISOTHERM_CUDA=AUTO")
  endif()
endif()

if(ISOTHERM_HAVE_CUDA)
  # Hopper's own code, and PTX from which a driver makes code for anything else from Turing on. The fused kernels are
  # compiled at run time for the device that is there; this is for the Thrust reductions and the benchmark's peer only.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES "75-virtual;90-real")
  endif()
  enable_language(CUDA)
  set(CMAKE_CUDA_STANDARD 17)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
endif()
add_subdirectory(${PROJECT_SOURCE_DIR}/src/engine/cuda ${PROJECT_BINARY_DIR}/src/engine/cuda)
