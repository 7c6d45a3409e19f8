# Installs BUILD into an empty PREFIX and runs what is there: its version, and a small run.
cmake_minimum_required(VERSION 3.25)

function(succeed result)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${PREFIX} RESULT_VARIABLE status OUTPUT_VARIABLE output
                  ERROR_VARIABLE errors)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}: status ${status}\n${output}${errors}")
  endif()
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

function(require_file path)
  if(NOT EXISTS "${PREFIX}/${path}")
    message(FATAL_ERROR "${PREFIX}/${path} is missing")
  endif()
endfunction()

file(REMOVE_RECURSE ${PREFIX})
file(MAKE_DIRECTORY ${PREFIX})
succeed(ignored ${CMAKE_COMMAND} --install ${BUILD} --config "${CONFIGURATION}" --prefix ${PREFIX})

set(program ${PREFIX}/${BINDIR}/isotherm)
succeed(version ${program} --version)
if(NOT version MATCHES "isotherm ${VERSION}")
  message(FATAL_ERROR "--version says '${version}' instead of isotherm ${VERSION}")
endif()

succeed(report ${program} run --loss x^2/2 --particles 1000 --steps 20 --backend cpu --threads 1 --output output)
require_file(output/result.json)
file(READ ${PREFIX}/output/result.json text)
string(JSON particles GET "${text}" execution particle_steps)
if(particles LESS 20000)
  message(FATAL_ERROR "the run took ${particles} particle-steps instead of 1000 x 20 and burn-in")
endif()

foreach(document LICENSE README.md CHANGELOG.md docs/getting-started.md examples/double-well.toml)
  require_file(${DOCDIR}/${document})
endforeach()
succeed(dry_run ${program} run ${PREFIX}/${DOCDIR}/examples/double-well.toml --dry-run --backend cpu)
file(REMOVE_RECURSE ${PREFIX})
