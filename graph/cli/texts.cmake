# Has the program EBB write its completion and manual pages below OUT, where an installation has them.
function(write form subject path)
  execute_process(COMMAND ${EBB} help --as ${form} ${subject} OUTPUT_VARIABLE text
    COMMAND_ERROR_IS_FATAL ANY)
  file(WRITE ${OUT}/${path} "${text}")
endfunction()

write(bash "" bash-completion/completions/ebb)
write(zsh "" zsh/site-functions/_ebb)
write(fish "" fish/vendor_completions.d/ebb.fish)
write(man "" man1/ebb.1)
execute_process(COMMAND ${EBB} help --as commands OUTPUT_VARIABLE commands COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" commands "${commands}")
foreach(command IN LISTS commands)
  write(man ${command} man1/ebb-${command}.1)
endforeach()
file(TOUCH ${OUT}/written)
