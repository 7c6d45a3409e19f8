# What is installed, where, and in which Debian package: `isotherm` is the program with its manual, completions and
# documentation, `isotherm-mpi` the module for several processes, `isotherm-dev` the library.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME runtime)

install(TARGETS isotherm RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET isotherm_mpi)
  # Not CMAKE_INSTALL_LIBDIR: the program looks beside its own folder, in ../lib/isotherm.
  install(TARGETS isotherm_mpi LIBRARY DESTINATION lib/isotherm COMPONENT mpi)
endif()

# The program writes its manual page and its completions itself.
set(written ${PROJECT_BINARY_DIR}/share)
set(manual ${written}/isotherm.1)
add_custom_command(OUTPUT ${manual} COMMAND ${CMAKE_COMMAND} -E make_directory ${written}
                   COMMAND isotherm man > ${manual} DEPENDS isotherm VERBATIM)
find_program(ISOTHERM_GZIP gzip)
if(ISOTHERM_GZIP) # Debian's policy: compressed, without a time
  add_custom_command(OUTPUT ${manual}.gz COMMAND ${ISOTHERM_GZIP} -9 --no-name --keep --force ${manual} DEPENDS ${manual} VERBATIM)
  set(manual ${manual}.gz)
endif()
set(completions "")
foreach(shell bash zsh fish)
  add_custom_command(OUTPUT ${written}/completion.${shell} COMMAND isotherm completion ${shell} > ${written}/completion.${shell}
                     DEPENDS isotherm ${manual} VERBATIM)
  list(APPEND completions ${written}/completion.${shell})
endforeach()
add_custom_target(isotherm_manual ALL DEPENDS ${manual} ${completions})
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${written}/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME isotherm)
install(FILES ${written}/completion.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME isotherm.fish)
# zsh looks into the first below /usr/local, and Debian's into the second below /usr.
foreach(folder site-functions vendor-completions)
  install(FILES ${written}/completion.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder} RENAME _isotherm)
endforeach()

# The library, for find_package(isotherm).
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/isotherm)
set(ISOTHERM_CUDA_FOUND ${ISOTHERM_HAVE_CUDA})
configure_package_config_file(cmake/isothermConfig.cmake.in ${PROJECT_BINARY_DIR}/isothermConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/isothermConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(TARGETS isotherm_library EXPORT isotherm ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT isotherm FILE isothermTargets.cmake NAMESPACE isotherm:: DESTINATION ${package} COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/isothermConfig.cmake ${PROJECT_BINARY_DIR}/isothermConfigVersion.cmake
        DESTINATION ${package} COMPONENT development)
install(DIRECTORY include/isotherm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

# Packages: cpack -G DEB, cpack -G TGZ.
set(CPACK_PACKAGE_CONTACT "the isotherm developers <isotherm@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "measures the temperature of stochastic gradient descent")
set(CPACK_PACKAGE_DESCRIPTION
    "isotherm moves millions to billions of particles, each running an optimizer or a Langevin equation on a loss, counts \
them into histograms, and says whether their stationary density is that of Gibbs, and how far it is from theory.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL runtime development)
if(TARGET isotherm_mpi)
  list(APPEND CPACK_COMPONENTS_ALL mpi)
endif()
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME isotherm)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME isotherm-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "g++, libhwy-dev, zlib1g-dev")
set(CPACK_DEBIAN_MPI_PACKAGE_NAME isotherm-mpi)
set(CPACK_DEBIAN_MPI_PACKAGE_DEPENDS "isotherm (= ${PROJECT_VERSION})")
include(CPack)
