# cmake -DROOTS="a;b" -DENTRIES="c;d" -DOUTPUT=file.cpp -P EmbedHeaders.cmake
# Writes a C++ file with the texts of ENTRIES and of everything that they include, by the names under which they are included.

cmake_minimum_required(VERSION 3.22)
set(pending ${ENTRIES})
set(done "")
set(texts "")
while(pending)
  list(POP_FRONT pending name)
  if(name IN_LIST done)
    continue()
  endif()
  list(APPEND done ${name})
  set(path "")
  foreach(root ${ROOTS})
    if(EXISTS ${root}/${name})
      set(path ${root}/${name})
      break()
    endif()
  endforeach()
  if(NOT path)
    message(FATAL_ERROR "EmbedHeaders: ${name} is in none of ${ROOTS}")
  endif()
  file(READ ${path} text)
  string(APPEND texts "    {\"${name}\", R\"isotherm(${text})isotherm\"},\n")
  string(REGEX MATCHALL "#[ \t]*include[ \t]+\"[^\"]+\"" includes "${text}")
  foreach(include ${includes})
    string(REGEX REPLACE ".*\"([^\"]+)\".*" "\\1" include "${include}")
    list(APPEND pending ${include})
  endforeach()
endwhile()

file(WRITE ${OUTPUT} "#include \"engine/cuda/embedded_headers.hpp\"

namespace isotherm::engine::cuda {

std::vector<CompileRequest::Header> embedded_headers() {
  return {
${texts}  };
}

}  // namespace isotherm::engine::cuda
")
