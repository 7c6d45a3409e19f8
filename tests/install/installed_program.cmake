# Installs BUILD into an empty PREFIX and uses what is there: the program, its manual and completions, and the library from
# a project of its own (EXAMPLE).
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
# The manual and the completions are those of the program that lies beside them.
file(GLOB manual ${PREFIX}/${MANDIR}/man1/isotherm.1*)
if(NOT manual)
  message(FATAL_ERROR "there is no manual page in ${PREFIX}/${MANDIR}/man1")
endif()
foreach(pair bash:bash-completion/completions/isotherm fish:fish/vendor_completions.d/isotherm.fish
        zsh:zsh/site-functions/_isotherm)
  string(REGEX MATCH "^(.*):(.*)$" ignored ${pair})
  set(path ${DATADIR}/${CMAKE_MATCH_2})
  require_file(${path})
  succeed(printed ${program} completion ${CMAKE_MATCH_1})
  file(READ ${PREFIX}/${path} installed)
  if(NOT installed STREQUAL printed)
    message(FATAL_ERROR "${path} is not what isotherm completion ${CMAKE_MATCH_1} prints")
  endif()
endforeach()

# find_package(isotherm), with nothing of the sources or the build in reach.
set(example ${PREFIX}/example)
file(COPY ${EXAMPLE}/ DESTINATION ${example}/source)
succeed(ignored ${CMAKE_COMMAND} -S ${example}/source -B ${example}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=${PREFIX} -DCMAKE_CXX_FLAGS=${FLAGS})
file(STRINGS ${example}/build/CMakeCache.txt found REGEX "^isotherm_DIR")
if(NOT found MATCHES "${PREFIX}")
  message(FATAL_ERROR "find_package found another isotherm: ${found}")
endif()
succeed(ignored ${CMAKE_COMMAND} --build ${example}/build)
succeed(said ${example}/build/temperature_of_a_loss "x^2/2" 0.1)
# Of a quadratic loss the maximum-likelihood estimate is 1 / (2 - eta h) = 0.526; its error here is about 0.002.
if(NOT said MATCHES "alpha = 0\\.5[23]" OR NOT said MATCHES "Gibbs' density is rejected")
  message(FATAL_ERROR "the example said: ${said}")
endif()
file(REMOVE_RECURSE ${PREFIX})
