# cmake -DFILES="a;b" -DHEADER=room/name.hpp -DFUNCTION=name -DOUTPUT=file.cpp -P EmbedFiles.cmake
# Writes a C++ file that defines isotherm::batch::FUNCTION, declared in HEADER: names and texts of FILES.

cmake_minimum_required(VERSION 3.22)
set(texts "")
foreach(path ${FILES})
  file(READ ${path} text)
  get_filename_component(name ${path} NAME)
  string(APPEND texts "      {\"${name}\", R\"isotherm(${text})isotherm\"},\n")
endforeach()

file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace isotherm::batch {

const std::vector<LectureFile>& ${FUNCTION}() {
  static const std::vector<LectureFile> files = {
${texts}  };
  return files;
}

}  // namespace isotherm::batch
")
