# Renews the reference in ops/README.md, which is everything below its heading: the target
# ops_reference runs this.
execute_process(COMMAND ${EBB} ops --reference OUTPUT_VARIABLE reference COMMAND_ERROR_IS_FATAL ANY)
file(READ ${README} text)
set(heading "\n## Reference\n")
string(FIND "${text}" "${heading}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${README} has no heading \"## Reference\"")
endif()
string(SUBSTRING "${text}" 0 ${at} head)
file(WRITE ${README} "${head}${heading}\n${reference}")
